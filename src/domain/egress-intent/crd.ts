// The CustomResourceDefinition, derived from the wire schema. `npm run crd` writes it to crds/. Knows no cluster.
import { z } from 'zod';
import { API_GROUP, API_VERSION, KIND, PLURAL } from '../api-group.ts';
import { INITIAL_STATUS, Status } from './status.ts';
import { IntentSpec } from './schema.ts';

type Json = { readonly [key: string]: unknown };

const KEPT = new Set(
  'description type format default maximum minimum maxLength minLength pattern maxItems minItems maxProperties minProperties required enum nullable'.split(
    ' ',
  ),
);

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Converts JSON Schema to the structural form that Kubernetes requires; throws where that form has no equivalent.
 * Source: kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
function structural(schema: unknown, path: string): Json {
  if (!isJson(schema)) throw new Error(`${path}: not a schema`);
  const kept = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (KEPT.has(key) || key.startsWith('x-kubernetes-')) return [[key, value]];
    if (key === 'items') return [[key, structural(value, `${path}[]`)]];
    if (key === 'properties' && isJson(value)) {
      return [
        [
          key,
          Object.fromEntries(
            Object.entries(value).map(([name, field]) => [name, structural(field, `${path}.${name}`)]),
          ),
        ],
      ];
    }
    if (key === 'additionalProperties') return value === false ? [] : [[key, structural(value, `${path}{}`)]];
    throw new Error(`${path}: ${key} is not structural`);
  });
  const result = Object.fromEntries(kept);
  if (result['type'] === undefined) throw new Error(`${path}: no type`);
  return result;
}

const schemaOf = (schema: z.ZodType, name: string): Json =>
  structural(
    z.toJSONSchema(schema, {
      target: 'openapi-3.0',
      io: 'input',
      reused: 'inline',
      cycles: 'throw',
      unrepresentable: 'throw',
    }),
    name,
  );

const condition = (type: string): string => `.status.conditions[?(@.type=="${type}")]`;

const COLUMNS = [
  { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
  { name: 'Ready', type: 'string', jsonPath: `${condition('Ready')}.status` },
  { name: 'Reason', type: 'string', jsonPath: `${condition('Ready')}.reason` },
  { name: 'Accepted', type: 'string', jsonPath: `${condition('Accepted')}.status`, priority: 1 },
  { name: 'Resolved', type: 'string', jsonPath: `${condition('ResolvedRefs')}.status`, priority: 1 },
  { name: 'Programmed', type: 'string', jsonPath: `${condition('Programmed')}.status`, priority: 1 },
  { name: 'Effective', type: 'string', jsonPath: `${condition('Effective')}.status`, priority: 1 },
  { name: 'Message', type: 'string', jsonPath: `${condition('Ready')}.message`, priority: 1 },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

const DESCRIPTION =
  'Lists what the pods that it selects may call. The controller writes the Istio Sidecar and ServiceEntry objects that allow these calls and no others.';

const version = (): Json => ({
  name: API_VERSION,
  served: true,
  storage: true,
  subresources: { status: {} },
  additionalPrinterColumns: COLUMNS,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      description: DESCRIPTION,
      required: ['spec'],
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { type: 'object' },
        spec: { description: 'What the selected pods may call.', ...schemaOf(IntentSpec, 'spec') },
        status: { description: 'Observed state.', default: INITIAL_STATUS, ...schemaOf(Status, 'status') },
      },
    },
  },
});

/** The definition as a plain object, with its keys in the order in which they are written. */
export function customResourceDefinition(): Json {
  const names = {
    kind: KIND,
    listKind: `${KIND}List`,
    plural: PLURAL,
    singular: KIND.toLowerCase(),
    shortNames: ['ei'],
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${API_GROUP}` },
    spec: { group: API_GROUP, names, scope: 'Namespaced', versions: [version()] },
  };
}
