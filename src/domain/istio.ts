// Istio's Sidecar and ServiceEntry: the shape that we write, and as much of anybody's as we must read.
import { z } from 'zod';
import type { ExportTo } from './cluster.ts';
import type { Protocol } from './intent.ts';
import type { Labels } from './labels.ts';
import { API_GROUP } from './api.ts';

export const ISTIO_API_VERSION = 'networking.istio.io/v1';

/** The label by which we know our own objects. Nothing without it is ever written to. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGER = 'egress-intent';

/**
 * A listener for one port or, without a port, for every other; that one comes last. A listener without protocol sniffs it.
 */
export type EgressListener = {
  readonly port?: {
    readonly number: number;
    readonly name: string;
    readonly protocol?: 'HTTP' | 'TLS' | 'TCP';
  };
  readonly hosts: readonly string[];
};

export type SidecarSpec = {
  /** Absent: every workload of the namespace. Never empty, since Istio ranks an empty selector above all others. */
  readonly workloadSelector?: { readonly labels: Labels };
  readonly outboundTrafficPolicy: { readonly mode: 'REGISTRY_ONLY' };
  readonly egress: readonly EgressListener[];
};

export type ServiceEntryPort = {
  readonly number: number;
  readonly name: string;
  readonly protocol: Protocol;
};

export type ServiceEntrySpec = {
  readonly hosts: readonly [string];
  readonly addresses?: readonly [string];
  readonly exportTo: readonly ['.'];
  readonly location: 'MESH_EXTERNAL';
  readonly resolution: 'DNS' | 'DYNAMIC_DNS' | 'NONE';
  readonly ports: readonly ServiceEntryPort[];
};

/** An object that stands in the cluster. `spec` is as the API server holds it. */
type Live = {
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

/** `selector` is absent for a namespace-wide Sidecar; an empty one matches every pod and ranks as a selector. */
export type LiveSidecar = Live & {
  readonly kind: 'Sidecar';
  readonly selector?: Labels;
  /** Empty where the Sidecar says nothing of egress, which leaves all of it open. */
  readonly egress: readonly {
    readonly port?: { readonly number: number };
    readonly hosts: readonly string[];
  }[];
};
export type LiveServiceEntry = Live & {
  readonly kind: 'ServiceEntry';
  readonly exportTo: ExportTo;
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  /** Istio's default where nothing is written: `NONE`. */
  readonly resolution: string;
  readonly ports: readonly { readonly number: number; readonly protocol: string }[];
};
export type LiveObject = LiveSidecar | LiveServiceEntry;

const Texts = z.record(z.string(), z.string());
const RawLive = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default('default'),
    uid: z.string().default(''),
    creationTimestamp: z.string().default(''),
    labels: Texts.default({}),
    annotations: Texts.default({}),
    ownerReferences: z
      .array(z.object({ apiVersion: z.string(), kind: z.string(), uid: z.string() }))
      .default([]),
  }),
  spec: z.record(z.string(), z.unknown()).default({}),
});

const SidecarFacts = z.object({
  workloadSelector: z
    .object({ labels: Texts.default({}) })
    .optional()
    .catch(undefined),
  egress: z
    .array(
      z.object({
        port: z.object({ number: z.number() }).exactOptional(),
        hosts: z.array(z.string()).default([]),
      }),
    )
    .catch([]),
});

export function parseSidecar(raw: unknown): LiveSidecar | undefined {
  const live = parseLive(raw);
  const facts = SidecarFacts.safeParse(live?.spec);
  if (live === undefined || !facts.success) return undefined;
  const { workloadSelector, egress } = facts.data;
  return {
    ...live,
    kind: 'Sidecar',
    egress,
    ...(workloadSelector ? { selector: workloadSelector.labels } : {}),
  };
}

const ServiceEntryFacts = z.object({
  exportTo: z.array(z.string()).default([]),
  hosts: z.array(z.string()).default([]),
  addresses: z.array(z.string()).default([]),
  resolution: z.string().default('NONE'),
  ports: z.array(z.object({ number: z.number(), protocol: z.string().default('') })).default([]),
});

export function parseServiceEntry(raw: unknown): LiveServiceEntry | undefined {
  const live = parseLive(raw);
  const facts = ServiceEntryFacts.safeParse(live?.spec);
  if (live === undefined || !facts.success) return undefined;
  return { ...live, kind: 'ServiceEntry', ...facts.data };
}

/** Ours is what carries our label or is owned by an intent: taking away one of the two does not make it somebody else's. */
function parseLive(raw: unknown): Live | undefined {
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
