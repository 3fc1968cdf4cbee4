// DestinationRule of Istio: whether calls go to whatever address the client dialled.
import { z } from 'zod';
import type { ExportTo } from '../istio/visibility.ts';
import type { Labels } from '../labels.ts';
import { ObjectName, ExportToList, StringMap } from './metadata.ts';

export type DestinationRule = {
  readonly namespace: string;
  readonly name: string;
  readonly exportTo: ExportTo;
  readonly host: string;
  /** Empty for every workload. */
  readonly selector: Labels;
  /** On which ports Envoy sends a call on to the address that the client dialled. */
  readonly passthrough: 'every' | readonly number[];
};

const TrafficPolicyFields = z.object({
  loadBalancer: z.object({ simple: z.string().optional() }).optional(),
});

const TrafficPolicy = TrafficPolicyFields.extend({
  portLevelSettings: z
    .array(TrafficPolicyFields.extend({ port: z.object({ number: z.number() }).optional() }))
    .default([]),
});

const RawDestinationRule = z.object({
  metadata: ObjectName,
  spec: z.object({
    host: z.string(),
    exportTo: ExportToList,
    workloadSelector: z.object({ matchLabels: StringMap.default({}) }).prefault({}),
    trafficPolicy: TrafficPolicy.optional(),
    subsets: z.array(z.object({ trafficPolicy: TrafficPolicy.optional() })).default([]),
  }),
});

/** What it says of subsets counts for the whole host: which calls take a subset is for a VirtualService to say. */
export function parseDestinationRule(raw: unknown): DestinationRule | undefined {
  const parsed = RawDestinationRule.safeParse(raw);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  const policies = [spec.trafficPolicy, ...spec.subsets.map(({ trafficPolicy }) => trafficPolicy)].flatMap(
    (policy) => policy ?? [],
  );
  const ports = policies.flatMap(({ portLevelSettings }) =>
    portLevelSettings.filter(isPassthrough).flatMap(({ port }) => port?.number ?? []),
  );
  return {
    ...metadata,
    exportTo: spec.exportTo,
    host: spec.host.toLowerCase(),
    selector: spec.workloadSelector.matchLabels,
    passthrough: policies.some(isPassthrough) ? 'every' : ports,
  };
}

const isPassthrough = ({ loadBalancer }: z.infer<typeof TrafficPolicyFields>): boolean =>
  loadBalancer?.simple === 'PASSTHROUGH';
