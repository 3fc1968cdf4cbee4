// AuthorizationPolicy of Istio. Read for its external authorizer: Istio builds a cluster for it only if the Sidecar lists its host.
import { z } from 'zod';
import { ObjectName, WorkloadSelector, type WorkloadPolicy } from './metadata.ts';

export type AuthorizationPolicy = WorkloadPolicy & {
  readonly kind: 'AuthorizationPolicy';
  /** Names of `extensionProviders` of MeshConfig. */
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

/** Only a policy with action CUSTOM has a provider. */
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
