// Sidecar of Istio. Written for each restricted scope; read to know which Sidecar governs a pod, and what it lists.
import { z } from 'zod';
import type { FilteredProtocol } from '../istio/port-protocol.ts';
import type { Labels } from '../labels.ts';
import { withoutNulls } from './absent.ts';
import { liveFieldsOf, RawLiveObject, type LiveFields } from './live-object.ts';
import { StringMap } from './metadata.ts';
import { parserOf } from './parser.ts';

export type ListenerProtocol = 'HTTP' | 'TLS' | 'TCP' | FilteredProtocol;

/**
 * A listener for one port or, without a port, for every other port; the one without a port comes last. A listener without a protocol detects
 * HTTP by sniffing.
 */
export type EgressListener = {
  readonly port?: {
    readonly number: number;
    readonly name: string;
    readonly protocol?: ListenerProtocol;
  };
  readonly hosts: readonly string[];
};

/** As the controller writes it. */
export type SidecarSpec = {
  /** Absent for every workload of the namespace. Never empty, since for Istio an empty selector precedes an absent one. */
  readonly workloadSelector?: { readonly labels: Labels };
  readonly outboundTrafficPolicy: { readonly mode: 'REGISTRY_ONLY' };
  readonly egress: readonly EgressListener[];
};

export type LiveSidecar = LiveFields & {
  readonly kind: 'Sidecar';
  /** Absent for a namespace-wide Sidecar. An empty selector matches every pod too, but precedes an absent one. */
  readonly selector?: Labels;
  /** Empty if the Sidecar has no `egress`: it then imports the whole mesh. */
  readonly egress: readonly {
    readonly port?: { readonly number: number; readonly protocol?: string };
    readonly hosts: readonly string[];
  }[];
};

const RawSidecarSpec = z.object({
  workloadSelector: z.object({ labels: StringMap.default({}) }).optional(),
  egress: z
    .array(
      z.object({
        port: z.object({ number: z.number(), protocol: z.string().exactOptional() }).exactOptional(),
        hosts: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});

const ListenerFields = z.object({
  ingress: z.array(z.unknown()).default([]),
  inboundConnectionPool: z.unknown().optional(),
  egress: z
    .array(z.object({ bind: z.string().default(''), captureMode: z.string().default('DEFAULT') }))
    .default([]),
});

/**
 * The fields of a Sidecar that give a pod other listeners than Istio does by default, apart from what may be called. Of `captureMode` only NONE does.
 */
export function listenerFieldsOf({ spec }: Pick<LiveSidecar, 'spec'>): readonly string[] {
  const read = ListenerFields.safeParse(withoutNulls(spec)).data;
  if (read === undefined) return [];
  const { ingress, inboundConnectionPool, egress } = read;
  const fields: readonly (readonly [field: string, isSet: boolean])[] = [
    ['ingress', ingress.length > 0],
    ['inboundConnectionPool', inboundConnectionPool !== undefined],
    ['egress[].bind', egress.some(({ bind }) => bind !== '')],
    ['egress[].captureMode', egress.some(({ captureMode }) => captureMode === 'NONE')],
  ];
  return fields.filter(([, isSet]) => isSet).map(([field]) => field);
}

const RawSidecar = RawLiveObject.extend({ spec: RawSidecarSpec.prefault({}) });

export const parseSidecar = parserOf(RawSidecar, (object, _raw, checked): LiveSidecar => {
  const { workloadSelector, egress } = object.spec;
  return {
    ...liveFieldsOf(object, checked),
    kind: 'Sidecar',
    egress,
    ...(workloadSelector ? { selector: workloadSelector.labels } : {}),
  };
});
