// RequestAuthentication of Istio: which hosts hold the keys for tokens.
import { z } from 'zod';
import { WorkloadSelector, type WorkloadPolicy, ObjectName } from './metadata.ts';

export type RequestAuthentication = WorkloadPolicy & {
  readonly kind: 'RequestAuthentication';
  /** Names of the hosts that have the keys. */
  readonly hosts: readonly string[];
};

const RawRequestAuthentication = z.object({
  metadata: ObjectName,
  spec: z
    .object({
      selector: WorkloadSelector,
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
    hosts: spec.jwtRules.flatMap(({ jwksUri, jwks_uri }) => hostOfUri(jwksUri || jwks_uri)),
  };
}

export function hostOfUri(uri: string): readonly string[] {
  return URL.canParse(uri) ? [new URL(uri).hostname] : [];
}
