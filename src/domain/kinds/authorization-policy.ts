// AuthorizationPolicy of Istio: which external authorizer a proxy must reach.
import { z } from 'zod';
import { WorkloadSelector, type WorkloadPolicy, ObjectName } from './metadata.ts';

export type AuthorizationPolicy = WorkloadPolicy & {
  readonly kind: 'AuthorizationPolicy';
  readonly providers: readonly string[];
};

const RawAuthorizationPolicy = z.object({
  metadata: ObjectName,
  spec: z
    .object({
      selector: WorkloadSelector,
      action: z.string().default('ALLOW'),
      provider: z.object({ name: z.string() }).optional(),
    })
    .prefault({}),
});

/** Only one whose action is CUSTOM asks anybody. */
export function parseAuthorizationPolicy(raw: unknown): AuthorizationPolicy | undefined {
  const parsed = RawAuthorizationPolicy.safeParse(raw);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  return {
    kind: 'AuthorizationPolicy',
    ...metadata,
    selector: spec.selector.matchLabels,
    providers: spec.action === 'CUSTOM' && spec.provider ? [spec.provider.name] : [],
  };
}
