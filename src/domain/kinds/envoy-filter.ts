// EnvoyFilter of Istio. Read only to report that it patches outbound traffic, or calls a service: what the patch does cannot be judged here.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { sortedSet } from '../order.ts';
import { ConfigName, StringMap, type OfRevision } from './metadata.ts';
import { parserOf } from './parser.ts';

export type EnvoyFilter = OfRevision & {
  readonly namespace: string;
  readonly name: string;
  /** Empty for every workload. */
  readonly selector: Labels;
  /** True if it may change outbound calls of sidecars. */
  readonly isOutbound: boolean;
  /** The hosts of Istio's clusters that patches of sidecars name, such as that of a rate limiter, in lower case and in order. */
  readonly clusterHosts: readonly string[];
};

const RawEnvoyFilter = z.object({
  metadata: ConfigName,
  spec: z.object({
    workloadSelector: z.object({ labels: StringMap.default({}) }).prefault({}),
    targetRefs: z.array(z.unknown()).default([]),
    configPatches: z
      .array(
        z.object({
          match: z.object({ context: z.string().default('ANY') }).prefault({}),
          patch: z.unknown().optional(),
        }),
      )
      .default([]),
  }),
});

const OUTBOUND = new Set(['ANY', 'SIDECAR_OUTBOUND']);

/** An EnvoyFilter with `targetRefs` applies to gateways and waypoints, not to sidecars. */
export const parseEnvoyFilter = parserOf(RawEnvoyFilter, ({ metadata, spec }): EnvoyFilter => ({
  ...metadata,
  selector: spec.workloadSelector.labels,
  isOutbound:
    spec.targetRefs.length === 0 && spec.configPatches.some(({ match }) => OUTBOUND.has(match.context)),
  clusterHosts:
    spec.targetRefs.length === 0
      ? clusterHostsIn(spec.configPatches.filter(({ match }) => match.context !== 'GATEWAY'))
      : [],
}));

/** Source: istio/istio pilot/pkg/model/service.go, BuildSubsetKey: `outbound|PORT|SUBSET|HOST`. */
const clusterHostsIn = (patches: unknown): readonly string[] =>
  sortedSet(
    [...JSON.stringify(patches).matchAll(/"outbound\|\d+\|[^|"]*\|([^|"]+)"/g)].map(([, host = '']) =>
      host.toLowerCase(),
    ),
  );
