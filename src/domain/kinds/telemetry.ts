// Telemetry of Istio. Read for its providers of tracing, metrics and logging, which proxies call themselves.
import { z } from 'zod';
import { ConfigName, WorkloadSelector, type WorkloadPolicy } from './metadata.ts';
import { parserOf } from './parser.ts';

export type Telemetry = WorkloadPolicy & {
  readonly kind: 'Telemetry';
  /** Names of `extensionProviders` of MeshConfig. */
  readonly providers: readonly string[];
};

const Signal = z
  .array(z.object({ providers: z.array(z.object({ name: z.string() })).default([]) }))
  .default([]);

const RawTelemetry = z.object({
  metadata: ConfigName,
  spec: z
    .object({ selector: WorkloadSelector, tracing: Signal, metrics: Signal, accessLogging: Signal })
    .prefault({}),
});

export const parseTelemetry = parserOf(RawTelemetry, ({ metadata, spec }): Telemetry => {
  const signals = [...spec.tracing, ...spec.metrics, ...spec.accessLogging];
  return {
    kind: 'Telemetry',
    ...metadata,
    selector: spec.selector.matchLabels,
    providers: signals.flatMap(({ providers }) => providers.map(({ name }) => name)),
  };
});
