// Sidecar of Istio: the spec that is written, and what is read of a live one.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { type LiveFields, parseLiveFields } from './live-object.ts';
import { StringMap } from './metadata.ts';

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

/** `selector` is absent for a namespace-wide Sidecar; an empty one matches every pod and ranks as a selector. */
export type LiveSidecar = LiveFields & {
  readonly kind: 'Sidecar';
  readonly selector?: Labels;
  /** Empty where the Sidecar says nothing of egress, which leaves all of it open. */
  readonly egress: readonly {
    readonly port?: { readonly number: number };
    readonly hosts: readonly string[];
  }[];
};

const SidecarFacts = z.object({
  workloadSelector: z
    .object({ labels: StringMap.default({}) })
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
  const live = parseLiveFields(raw);
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
