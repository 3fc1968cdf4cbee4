// An intent that is added takes nothing from a pod that is closed already: what worked before it works after it.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Compiled } from '../support/compiler.ts';
import { isRefused, isWaived } from './exceptions.ts';
import { expectationOf, type Grant } from './expectation.ts';
import { carriedOut } from './trial.ts';
import type { Labels, WorldSpec } from './world.ts';
import { worlds } from './worlds.ts';

const keyOf = (grant: Grant): string =>
  grant.kind === 'range'
    ? `${grant.range}:${grant.port}`
    : `${grant.place.namespace}/${grant.place.host}:${grant.place.port}`;

/** What a pod has of what its intents grant; `open` for one that nothing closes. */
function heldBy(labels: Labels, world: WorldSpec, { compilation }: Compiled): ReadonlySet<string> | 'open' {
  const expected = expectationOf(labels, world);
  if (!expected.closed) return 'open';
  const own = compilation.diagnostics.filter(({ intent }) =>
    expected.intents.some((one) => intent === `intent-${one}`),
  );
  const held = expected.grants.filter((grant) => !isRefused(grant, own) && !isWaived(grant, own, expected));
  return new Set(held.map(keyOf));
}

test('what a pod has, it keeps when an intent is added', () => {
  let displaced = 0;
  fc.assert(
    fc.property(worlds({ versions: ['1.31', '1.30'] }), (world) => {
      const before = { ...world, intents: world.intents.slice(0, -1) };
      const [was, is] = [carriedOut(before).result, carriedOut(world).result];
      for (const pod of world.pods) {
        const [had, has] = [heldBy(pod, before, was), heldBy(pod, world, is)];
        if (had === 'open' || has === 'open') continue;
        expect([...had.difference(has)]).toEqual([]);
      }
      displaced += is.compilation.diagnostics.filter(({ code }) => code === 'WouldDisplace').length;
    }),
    { numRuns: 500 },
  );
  expect(displaced).toBeGreaterThan(0);
}, 120_000);
