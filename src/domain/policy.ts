// Policies of Istio for which a proxy must reach a host itself: who traces and logs its calls, who authorizes them, who has the
// keys of their tokens. Where a Sidecar leaves such a host out the proxy lacks the cluster, and inbound calls fail.
import { z } from 'zod';
import type { Labels } from './labels.ts';

type Policy = {
  readonly kind: 'Telemetry' | 'AuthorizationPolicy' | 'RequestAuthentication';
  readonly namespace: string;
  readonly name: string;
  /** Empty for every workload of the namespace or, in the root namespace, of the mesh. */
  readonly selector: Labels;
};

/** `providers` are names of MeshConfig's `extensionProviders`. */
export type Telemetry = Policy & { readonly kind: 'Telemetry'; readonly providers: readonly string[] };
export type AuthorizationPolicy = Policy & {
  readonly kind: 'AuthorizationPolicy';
  readonly providers: readonly string[];
};
export type RequestAuthentication = Policy & {
  readonly kind: 'RequestAuthentication';
  /** Names of the hosts that have the keys. */
  readonly hosts: readonly string[];
};

const Metadata = z.object({ name: z.string(), namespace: z.string().default('default') });
const Selector = z
  .object({ matchLabels: z.record(z.string(), z.string()).default({}) })
  .default({ matchLabels: {} });

const Signal = z
  .array(z.object({ providers: z.array(z.object({ name: z.string() })).default([]) }))
  .default([]);

const RawTelemetry = z.object({
  metadata: Metadata,
  spec: z
    .object({ selector: Selector, tracing: Signal, metrics: Signal, accessLogging: Signal })
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

const RawAuthorizationPolicy = z.object({
  metadata: Metadata,
  spec: z
    .object({
      selector: Selector,
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

const RawRequestAuthentication = z.object({
  metadata: Metadata,
  spec: z
    .object({
      selector: Selector,
      // Istio's definition has both spellings.
      jwtRules: z
        .array(z.object({ jwksUri: z.string().default(''), jwks_uri: z.string().default('') }))
        .default([]),
    })
    .prefault({}),
});

export function parseRequestAuthentication(raw: unknown): RequestAuthentication | undefined {
  const parsed = RawRequestAuthentication.safeParse(raw);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  return {
    kind: 'RequestAuthentication',
    ...metadata,
    selector: spec.selector.matchLabels,
    hosts: spec.jwtRules.flatMap(({ jwksUri, jwks_uri }) => hostOf(jwksUri || jwks_uri)),
  };
}

function hostOf(uri: string): readonly string[] {
  return URL.canParse(uri) ? [new URL(uri).hostname] : [];
}
