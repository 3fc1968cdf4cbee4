// RequestAuthentication of Istio. Read for the hosts with the keys of JWTs, which a proxy may fetch itself.
import { z } from 'zod';
import { ObjectName, WorkloadSelector, type WorkloadPolicy } from './metadata.ts';
import { parserOf } from './parser.ts';

export type RequestAuthentication = WorkloadPolicy & {
  readonly kind: 'RequestAuthentication';
  /** The hosts with the keys. */
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

export const parseRequestAuthentication = parserOf(
  RawRequestAuthentication,
  ({ metadata, spec }): RequestAuthentication => ({
    kind: 'RequestAuthentication',
    ...metadata,
    selector: spec.selector.matchLabels,
    hosts: spec.jwtRules.flatMap(({ jwksUri, jwks_uri }) => hostOfUri(jwksUri || jwks_uri)),
  }),
);

const hostOfUri = (uri: string): readonly string[] => (URL.canParse(uri) ? [new URL(uri).hostname] : []);
