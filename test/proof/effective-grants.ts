// The grants of a pod that are in force: what its intents grant, without what a diagnostic refuses or excepts.
import type { Compiled } from '../support/compiler.ts';
import { isRefused, isWaived } from './exceptions.ts';
import { expectationOf, type Grant } from './expectation.ts';
import type { Labels, WorldSpec } from './world-spec.ts';

/** Identifies what is granted, whichever entry grants it. The same port with another protocol is a different grant. */
export const grantKey = (grant: Grant): string =>
  grant.kind === 'range'
    ? `${grant.range}:${grant.port}`
    : `${grant.place.namespace}/${grant.place.host}:${grant.place.port} ${grant.place.class}`;

/** The grants of a pod that are in force; `unrestricted` if no intent restricts the pod. */
export function effectiveGrants(
  labels: Labels,
  world: WorldSpec,
  { compilation }: Compiled,
): readonly Grant[] | 'unrestricted' {
  const expected = expectationOf(labels, world);
  if (!expected.restricted) return 'unrestricted';
  const diagnostics = compilation.diagnostics.filter(({ intent }) =>
    expected.intents.some((index) => intent === `intent-${index}`),
  );
  return expected.grants.filter(
    (grant) => !isRefused(grant, diagnostics) && !isWaived(grant, diagnostics, expected),
  );
}
