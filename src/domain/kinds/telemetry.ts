// Policies of Istio for which a proxy must reach a host itself: who traces and logs its calls, who authorizes them, who has the
// keys of their tokens. Where a Sidecar leaves such a host out the proxy lacks the cluster, and inbound calls fail.
import { z } from 'zod';
import { WorkloadSelector, type WorkloadPolicy, ObjectName } from './metadata.ts';

/** `providers` are names of MeshConfig's `extensionProviders`. */
export type Telemetry = WorkloadPolicy & {
  readonly kind: 'Telemetry';
  readonly providers: readonly string[];
};
const Signal = z
  .array(z.object({ providers: z.array(z.object({ name: z.string() })).default([]) }))
  .default([]);

const RawTelemetry = z.object({
  metadata: ObjectName,
  spec: z
    .object({ selector: WorkloadSelector, tracing: Signal, metrics: Signal, accessLogging: Signal })
    .prefault({}),
});

export function parseTelemetry(raw: unknown): Telemetry | undefined {
  const parsed = RawTelemetry.safeParse(raw);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  const signals = [...spec.tracing, ...spec.metrics, ...spec.accessLogging];
  return {
    kind: 'Telemetry',
    ...metadata,
    selector: spec.selector.matchLabels,
    providers: signals.flatMap(({ providers }) => providers.map(({ name }) => name)),
  };
}
