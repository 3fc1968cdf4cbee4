// DestinationRule of Istio. Read for PASSTHROUGH: with it, a call goes to the address that the client dialled, whatever host it names.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { ExportToList, ObjectName, StringMap, type ExportTo } from './metadata.ts';
import { parserOf } from './parser.ts';

export type DestinationRule = {
  readonly namespace: string;
  readonly name: string;
  readonly exportTo: ExportTo;
  /** In lower case; a name without a dot means a Service of the rule's namespace. */
  readonly host: string;
  /** Empty for every workload. */
  readonly selector: Labels;
  /** The ports with PASSTHROUGH. */
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

/** PASSTHROUGH of a subset counts for the whole host, since any VirtualService may route to the subset. */
export const parseDestinationRule = parserOf(RawDestinationRule, ({ metadata, spec }): DestinationRule => {
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
});

const isPassthrough = ({ loadBalancer }: z.infer<typeof TrafficPolicyFields>): boolean =>
  loadBalancer?.simple === 'PASSTHROUGH';
