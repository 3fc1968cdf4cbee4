// Fields of an intent outside its spec that nobody reads. The API server drops them, or refuses the object, which is the default of kubectl;
// a workloadSelector that was dropped would make an intent for every pod.
import { IntentSpec } from '../../domain/egress-intent/schema.ts';
import type { Problem } from '../../domain/problem.ts';

const OF_OBJECT = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

/** Source: kubernetes/apimachinery pkg/apis/meta/v1/types.go, ObjectMeta; selfLink is still accepted. */
const OF_METADATA = [
  'name',
  'namespace',
  'labels',
  'annotations',
  'generateName',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

const OF_SPEC = Object.keys(IntentSpec.shape);

/** One for each unknown field of the object and of its metadata, in the order of the file. */
export function unknownFields(intent: Readonly<{ [key: string]: unknown }>): readonly Problem[] {
  const metadata = intent['metadata'];
  return [
    ...keysBeside(intent, OF_OBJECT).map((field) => ({ path: [field], message: messageAtTop(field) })),
    ...keysBeside(metadata, OF_METADATA).map((field) => ({
      path: ['metadata', field],
      message: messageInMetadata(field),
    })),
  ];
}

const keysBeside = (value: unknown, known: readonly string[]): readonly string[] =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? []
    : Object.keys(value).filter((key) => !known.includes(key));

function messageAtTop(field: string): string {
  if (OF_SPEC.includes(field)) return 'is an unknown field here: write it below spec';
  if (OF_METADATA.includes(field)) return 'is an unknown field here: write it below metadata';
  return 'is an unknown field: write metadata and spec, or remove it';
}

function messageInMetadata(field: string): string {
  if (OF_SPEC.includes(field)) return 'is an unknown field here: write it below spec';
  if (OF_OBJECT.includes(field)) return 'is an unknown field here: write it one level up, next to metadata';
  return 'is an unknown field: write name, namespace, labels or annotations, or remove it';
}
