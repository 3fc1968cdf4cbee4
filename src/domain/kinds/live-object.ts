// Istio's Sidecar and ServiceEntry: the shape that we write, and as much of anybody's as we must read.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { API_GROUP } from '../api-group.ts';
import type { LiveSidecar } from './sidecar.ts';
import type { LiveServiceEntry } from './service-entry.ts';
import { Metadata } from './metadata.ts';

/** The label by which we know our own objects. Nothing without it is ever written to. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGER = 'egress-intent';
/** An object that stands in the cluster. `spec` is as the API server holds it. */
export type LiveFields = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Whole seconds, as Kubernetes stores them: `2026-01-02T03:04:05Z`. Empty for an object that was read from a file. */
  readonly creationTimestamp: string;
  readonly managed: boolean;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** The uids of the intents among the object's owners, in the object's order. */
  readonly owners: readonly string[];
  readonly spec: Readonly<Record<string, unknown>>;
};
export type LiveObject = LiveSidecar | LiveServiceEntry;

const RawLive = z.object({
  metadata: Metadata.extend({
    uid: z.string().default(''),
    creationTimestamp: z.string().default(''),
    ownerReferences: z
      .array(z.object({ apiVersion: z.string(), kind: z.string(), uid: z.string() }))
      .default([]),
  }),
  spec: z.record(z.string(), z.unknown()).default({}),
});

/** Ours is what carries our label or is owned by an intent: taking away one of the two does not make it somebody else's. */
export function parseLiveFields(raw: unknown): LiveFields | undefined {
  const parsed = RawLive.safeParse(raw);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  const { namespace, name, uid, creationTimestamp, labels, annotations } = metadata;
  const owners = metadata.ownerReferences
    .filter((owner) => owner.kind === 'EgressIntent' && owner.apiVersion.startsWith(`${API_GROUP}/`))
    .map((owner) => owner.uid);
  const managed = labels[MANAGED_BY] === MANAGER || owners.length > 0;
  return { namespace, name, uid, creationTimestamp, managed, labels, annotations, owners, spec };
}
