// AuthorizationPolicy of Istio. Read for its external authorizer: Istio builds a cluster for it only if the Sidecar lists its host.
import { z } from 'zod';
import { ConfigName, WorkloadSelector, type WorkloadPolicy } from './metadata.ts';
import { parserOf } from './parser.ts';

export type AuthorizationPolicy = WorkloadPolicy & {
  readonly kind: 'AuthorizationPolicy';
  /** Names of `extensionProviders` of MeshConfig. */
  readonly providers: readonly string[];
};

const RawAuthorizationPolicy = z.object({
  metadata: ConfigName,
  spec: z
    .object({
      selector: WorkloadSelector,
      action: z.string().default('ALLOW'),
      provider: z.object({ name: z.string() }).optional(),
    })
    .prefault({}),
});

/** Only a policy with action CUSTOM has a provider. */
export const parseAuthorizationPolicy = parserOf(
  RawAuthorizationPolicy,
  ({ metadata, spec }): AuthorizationPolicy => ({
    kind: 'AuthorizationPolicy',
    ...metadata,
    selector: spec.selector.matchLabels,
    providers: spec.action === 'CUSTOM' && spec.provider ? [spec.provider.name] : [],
  }),
);
