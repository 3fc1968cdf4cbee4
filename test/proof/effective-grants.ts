// What a pod has of what its intents grant.
import type { Compiled } from '../support/compiler.ts';
import { isRefused, isWaived } from './exceptions.ts';
import { expectationOf, type Grant } from './expectation.ts';
import type { Labels, WorldSpec } from './world-spec.ts';

/** Names what is granted, whoever grants it. The same port in another protocol is another destination. */
export const keyOf = (grant: Grant): string =>
  grant.kind === 'range'
    ? `${grant.range}:${grant.port}`
    : `${grant.place.namespace}/${grant.place.host}:${grant.place.port} ${grant.place.class}`;

/** The grants of a pod that no diagnostic takes back; `open` for one that nothing closes. */
export function effectiveGrants(
  labels: Labels,
  world: WorldSpec,
  { compilation }: Compiled,
): readonly Grant[] | 'open' {
  const expected = expectationOf(labels, world);
  if (!expected.closed) return 'open';
  const own = compilation.diagnostics.filter(({ intent }) =>
    expected.intents.some((one) => intent === `intent-${one}`),
  );
  return expected.grants.filter((grant) => !isRefused(grant, own) && !isWaived(grant, own, expected));
}
