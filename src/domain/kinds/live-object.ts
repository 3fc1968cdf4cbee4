// What is read of a live Sidecar and of a live ServiceEntry alike: its identity, whether we manage it, and its spec.
import { z } from 'zod';
import { API_GROUP, KIND } from '../api-group.ts';
import type { Labels } from '../labels.ts';
import { sortedSet } from '../order.ts';
import { Metadata } from './metadata.ts';

/** The label of every managed object. Foreign objects are never written to. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGER = 'egress-intent';

/** The manager of our fields in `managedFields`. */
export const FIELD_MANAGER = 'egress-intent';

/** The annotation of every managed object that lists the intents that it was written for: `name/uid`, separated by commas, in order of name. */
export const INTENTS = `${API_GROUP}/intents`;

/** The uid is empty for an intent that was read from a file. */
export type ContributingIntent = { readonly name: string; readonly uid: string };

export type LiveFields = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Whole seconds, as Kubernetes stores them: `2026-01-02T03:04:05Z`. Empty for an object that was read from a file. */
  readonly creationTimestamp: string;
  readonly managed: boolean;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** The intents that it was written for, in the order of the object. */
  readonly intents: readonly ContributingIntent[];
  /** An intent is among its owners, as earlier versions wrote it: the garbage collector would delete it. */
  readonly ownedByIntent: boolean;
  /** Deletion is requested. The object is gone once its finalizers are; until then istiod obeys it like any other. */
  readonly isTerminating: boolean;
  /** The labels that istiod reads, in order. We set none: it ignores an object with another revision in `istio.io/rev`. */
  readonly istioLabels: readonly string[];
  /** The other field managers that own a part of it, in order. */
  readonly foreignManagers: readonly string[];
  /** As the API server returns it. */
  readonly spec: Readonly<Record<string, unknown>>;
};

export const RawLiveObject = z.object({
  metadata: Metadata.extend({
    uid: z.string().default(''),
    creationTimestamp: z.string().default(''),
    deletionTimestamp: z.string().default(''),
    ownerReferences: z
      .array(
        z.object({
          apiVersion: z.string(),
          kind: z.string(),
          name: z.string().default(''),
          uid: z.string(),
        }),
      )
      .default([]),
    managedFields: z
      .array(
        z.object({
          manager: z.string().default(''),
          fieldsV1: z.record(z.string(), z.unknown()).default({}),
        }),
      )
      .default([]),
  }),
});

const RawSpec = z.object({ spec: z.record(z.string(), z.unknown()).default({}) });

/**
 * `checked` is the object that the schema has read. An object is managed if it has the label, the annotation or an intent as owner: removing one of them
 * does not make it foreign.
 */
export function liveFieldsOf({ metadata }: z.infer<typeof RawLiveObject>, checked: unknown): LiveFields {
  const { namespace, name, uid, creationTimestamp, labels, annotations } = metadata;
  const owners = metadata.ownerReferences.filter(isIntent);
  const annotated = contributingIntents(annotations[INTENTS] ?? '');
  return {
    namespace,
    name,
    uid,
    creationTimestamp,
    managed: labels[MANAGED_BY] === MANAGER || annotated.length > 0 || owners.length > 0,
    labels,
    annotations,
    intents: annotated.length > 0 ? annotated : owners.map((owner) => ({ name: owner.name, uid: owner.uid })),
    ownedByIntent: owners.length > 0,
    isTerminating: metadata.deletionTimestamp !== '',
    istioLabels: sortedSet(Object.keys(labels).filter(isIstioLabel)),
    foreignManagers: sortedSet(
      metadata.managedFields
        .filter(({ fieldsV1 }) => Object.hasOwn(fieldsV1, 'f:spec') || Object.hasOwn(fieldsV1, 'f:metadata'))
        .map(({ manager }) => manager)
        .filter((manager) => manager !== FIELD_MANAGER),
    ),
    spec: RawSpec.parse(checked).spec,
  };
}

/** The text of the annotation `INTENTS`. */
export const intentsText = (intents: readonly ContributingIntent[]): string =>
  sortedSet(intents.map(({ name, uid }) => (uid === '' ? name : `${name}/${uid}`))).join(', ');

/** Reads the annotation `INTENTS`. */
const contributingIntents = (text: string): readonly ContributingIntent[] =>
  text.split(',').flatMap((part): readonly ContributingIntent[] => {
    const [name = '', uid = ''] = part.trim().split('/');
    return name === '' ? [] : [{ name, uid }];
  });

/** Whether an owner reference is to an intent. */
export const isIntent = ({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): boolean => kind === KIND && apiVersion.startsWith(`${API_GROUP}/`);

/**
 * Whether istiod may obey the label. Which revisions this mesh has is not asked: several istiods may run, and tags name them, so no value is
 * safe for all of them.
 * Source: istio/istio pkg/config/model.go, LabelsInRevision.
 */
export const isIstioLabel = (key: string): boolean => /^(?:[^/]+\.)?istio\.io\//.test(key);
