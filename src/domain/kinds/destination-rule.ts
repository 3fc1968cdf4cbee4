// DestinationRule of Istio. Read for PASSTHROUGH, with which a call goes to the address that the client dialled, whatever host it names, and
// for tunnels, with which it ends at another host.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { ExportToList, ConfigName, StringMap, type ExportTo, type OfRevision } from './metadata.ts';
import { parserOf } from './parser.ts';

export type DestinationRule = OfRevision & {
  readonly namespace: string;
  readonly name: string;
  readonly exportTo: ExportTo;
  /** In lower case; a name without a dot means a Service of the rule's namespace. */
  readonly host: string;
  /** Empty for every workload. */
  readonly selector: Labels;
  /** The ports with PASSTHROUGH. */
  readonly passthrough: 'every' | readonly number[];
  /** `host:port` to which TCP and TLS calls are tunnelled, with the host of the rule as proxy. */
  readonly tunnels: readonly string[];
};

const TrafficPolicyFields = z.object({
  loadBalancer: z.object({ simple: z.string().optional() }).optional(),
});

const Tunnel = z.object({ targetHost: z.string().default(''), targetPort: z.number().default(0) });

const TrafficPolicy = TrafficPolicyFields.extend({
  tunnel: Tunnel.optional(),
  portLevelSettings: z
    .array(TrafficPolicyFields.extend({ port: z.object({ number: z.number() }).optional() }))
    .default([]),
});

const RawDestinationRule = z.object({
  metadata: ConfigName,
  spec: z.object({
    host: z.string(),
    exportTo: ExportToList,
    workloadSelector: z.object({ matchLabels: StringMap.default({}) }).optional(),
    trafficPolicy: TrafficPolicy.optional(),
    subsets: z.array(z.object({ trafficPolicy: TrafficPolicy.optional() })).default([]),
  }),
});

/**
 * PASSTHROUGH of a subset counts for the whole host, since any VirtualService may route to the subset. A rule with a workloadSelector is for its own
 * namespace only. Source: istio/istio pilot/pkg/model/push_context.go, setDestinationRules.
 */
export const parseDestinationRule = parserOf(RawDestinationRule, ({ metadata, spec }): DestinationRule => {
  const policies = [spec.trafficPolicy, ...spec.subsets.map(({ trafficPolicy }) => trafficPolicy)].flatMap(
    (policy) => policy ?? [],
  );
  const ports = policies.flatMap(({ portLevelSettings }) =>
    portLevelSettings.filter(isPassthrough).flatMap(({ port }) => port?.number ?? []),
  );
  return {
    ...metadata,
    exportTo: spec.workloadSelector === undefined ? spec.exportTo : ['.'],
    host: spec.host.toLowerCase(),
    selector: spec.workloadSelector?.matchLabels ?? {},
    passthrough: policies.some(isPassthrough) ? 'every' : ports,
    tunnels: policies.flatMap(({ tunnel }) =>
      tunnel === undefined ? [] : [`${tunnel.targetHost.toLowerCase()}:${tunnel.targetPort}`],
    ),
  };
});

const isPassthrough = ({ loadBalancer }: z.infer<typeof TrafficPolicyFields>): boolean =>
  loadBalancer?.simple === 'PASSTHROUGH';
