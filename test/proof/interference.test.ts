// A diagnostic reports each call that reaches more because of foreign VirtualServices and DestinationRules.
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { assertProperty } from './assert-property.ts';
import { judgeRouting } from './judge-routing.ts';
import { arbitraryRouting } from './routing.ts';
import type { WorldSpec } from './world-spec.ts';

const FIXED_SEED = 20_261_123;
const WORLDS = 100;

const worlds = fc
  .tuple(arbitraryWorld({ versions: ['1.31', '1.30'], duplicateHosts: false }), arbitraryRouting)
  .map(([world, routing]): WorldSpec => ({ ...world, sidecars: [], routing }));

await withOracle('foreign routing', (oracle) => {
  it.each([
    ['fixed', FIXED_SEED],
    ['fresh', randomInt(2 ** 31)],
  ])(
    'opens nothing that no diagnostic reports (%s seed %i)',
    async (kind, seed) => {
      const reports = { RouteFollowed: 0, VirtualServiceReroutes: 0, DestinationRulePassthrough: 0 };
      await assertProperty({
        property: 'interference-is-reported',
        inputs: worlds,
        seed,
        runs: WORLDS,
        judge: async (world) => {
          const { unreported, diagnostics } = await judgeRouting(world, oracle);
          for (const { code } of diagnostics)
            if (
              code === 'RouteFollowed' ||
              code === 'VirtualServiceReroutes' ||
              code === 'DestinationRulePassthrough'
            )
              reports[code] += 1;
          return unreported;
        },
      });
      // A reroute needs a VirtualService of an imported namespace that is not followed for one of its hosts: few worlds have one, and a hundred
      // fresh ones may have none.
      const { VirtualServiceReroutes: reroutes, ...frequent } = reports;
      expect(reroutes).toBeGreaterThanOrEqual(kind === 'fixed' ? 1 : 0);
      expect(Math.min(...Object.values(frequent))).toBeGreaterThan(WORLDS / 25);
    },
    180_000,
  );
});
