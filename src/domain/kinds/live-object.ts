// What is read of a live Sidecar and of a live ServiceEntry alike: its identity, whether we manage it, and its spec.
import { z } from 'zod';
import { API_GROUP } from '../api-group.ts';
import type { Labels } from '../labels.ts';
import { withoutNulls } from './absent.ts';
import { Metadata } from './metadata.ts';

/** The label of every managed object. Foreign objects are never written to. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGER = 'egress-intent';

export type LiveFields = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Whole seconds, as Kubernetes stores them: `2026-01-02T03:04:05Z`. Empty for an object that was read from a file. */
  readonly creationTimestamp: string;
  readonly managed: boolean;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** The uids of the intents among the owners, in the order of the object. */
  readonly owners: readonly string[];
  /** Deletion is requested. The object is gone once its finalizers are; until then istiod obeys it like any other. */
  readonly isTerminating: boolean;
  /** As the API server returns it. */
  readonly spec: Readonly<Record<string, unknown>>;
};

export const RawLiveObject = z.object({
  metadata: Metadata.extend({
    uid: z.string().default(''),
    creationTimestamp: z.string().default(''),
    deletionTimestamp: z.string().nullish(),
    ownerReferences: z
      .array(z.object({ apiVersion: z.string(), kind: z.string(), uid: z.string() }))
      .default([]),
  }),
  spec: z.record(z.string(), z.unknown()).default({}),
});

/** An object is managed if it has the label or an intent as owner: removing one of the two does not make it foreign. */
export function parseLiveFields(raw: unknown): LiveFields | undefined {
  const parsed = RawLiveObject.safeParse(withoutNulls(raw));
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  const { namespace, name, uid, creationTimestamp, labels, annotations } = metadata;
  const owners = metadata.ownerReferences
    .filter((owner) => owner.kind === 'EgressIntent' && owner.apiVersion.startsWith(`${API_GROUP}/`))
    .map((owner) => owner.uid);
  const managed = labels[MANAGED_BY] === MANAGER || owners.length > 0;
  return {
    namespace,
    name,
    uid,
    creationTimestamp,
    managed,
    labels,
    annotations,
    owners,
    isTerminating: typeof metadata.deletionTimestamp === 'string',
    spec,
  };
}
