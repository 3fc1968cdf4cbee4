// RequestAuthentication of Istio. Read for the hosts with the keys of JWTs, which a proxy may fetch itself.
import { z } from 'zod';
import { ConfigName, WorkloadSelector, type WorkloadPolicy } from './metadata.ts';
import { parserOf } from './parser.ts';

export type KeyServer = { readonly host: string; readonly port: number };

export type RequestAuthentication = WorkloadPolicy & {
  readonly kind: 'RequestAuthentication';
  /** Where the keys are. */
  readonly keyServers: readonly KeyServer[];
};

const RawRequestAuthentication = z.object({
  metadata: ConfigName,
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

export const parseRequestAuthentication = parserOf(
  RawRequestAuthentication,
  ({ metadata, spec }): RequestAuthentication => ({
    kind: 'RequestAuthentication',
    ...metadata,
    selector: spec.selector.matchLabels,
    keyServers: spec.jwtRules.flatMap(({ jwksUri, jwks_uri }) => keyServerOf(jwksUri || jwks_uri)),
  }),
);

function keyServerOf(uri: string): readonly KeyServer[] {
  if (!URL.canParse(uri)) return [];
  const { protocol, hostname, port } = new URL(uri);
  if (hostname === '') return [];
  return [{ host: hostname, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) }];
}
