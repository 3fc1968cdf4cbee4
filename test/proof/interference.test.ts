// Whatever others' routing makes of a grant is told: the same random world is judged without their VirtualServices and
// DestinationRules and with them, and each call that goes further with them must be named in a diagnostic.
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withOracle, type OracleClient } from '../kits/oracle/with-oracle.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import { covers } from '../../src/domain/istio/egress-host.ts';
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import { expectationOf } from './expectation.ts';
import { OUTSIDE } from './callable-places.ts';
import { attemptsOn, type Attempt } from './probes.ts';
import { NOWHERE, routing } from './routing.ts';
import { settledWorld, probeRequest } from './judge-world.ts';
import type { WorldSpec } from './world-spec.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';

const RUNS = 100;
const FIXED_SEED = 20_261_123;

/** `outbound|80|subset|host` as `host:80`. */
function endOf(cluster: string): string {
  const [, port = '', , host = ''] = cluster.split('|');
  return `${host}:${port}`;
}

const endsOf = (verdict: ProbeResult): readonly string[] =>
  verdict.verdict === 'allowed'
    ? (verdict.weighted?.filter(({ why }) => why === undefined) ?? [verdict]).map(({ cluster }) =>
        endOf(cluster),
      )
    : [];

/** Whether a call ends at whatever address it was for, on a listener that takes calls for any. */
const isLoose = (verdict: ProbeResult): boolean =>
  verdict.verdict === 'allowed' &&
  verdict.clusterType === 'ORIGINAL_DST' &&
  (verdict.listener ?? '').startsWith('0.0.0.0');

const isToldRerouted = (end: string, diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(
    (one) =>
      one.code === 'VirtualServiceReroutes' && (one.destination === end || one.destination === endHost(end)),
  );

/**
 * Whether it is told that the client chooses the address of a call: by the routing, or without it for the host at which the call ends, or
 * for a wildcard that its name is below. Whoever may forge one name gains nothing by another.
 */
const isToldLoose = (name: string, ends: readonly string[], diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((one) => {
    if (one.code !== 'HostSpoofable')
      return one.code === 'DestinationRulePassthrough' || one.code === 'VirtualServiceReroutes';
    const [first = '', second = first] = one.destination.split('/');
    const hosts = new Set([second, `${second}.${first}.svc.cluster.local`]);
    return ends.some((end) => hosts.has(endHost(end))) || covers(second, name);
  });

const endHost = (end: string): string => end.split(':')[0] ?? '';

/** Each call that goes further than without the routing, and is not told. */
async function untold(world: WorldSpec, oracle: OracleClient): Promise<readonly string[]> {
  const { result, objects } = settledWorld(world);
  const attempts: readonly Attempt[] = [
    ...attemptsOn(world),
    { protocol: 'http', address: OUTSIDE, port: 80, name: NOWHERE },
  ];
  const others = new Set(world.routing);
  const plain = objects.filter((object) => !others.has(object));
  const [without, having] = await Promise.all([
    oracle.judge(probeRequest(world, plain, attempts)),
    oracle.judge(probeRequest(world, objects, attempts)),
  ]);
  return world.pods.flatMap((labels, pod) => {
    const { closed, intents, grants } = expectationOf(labels, world);
    const governor = having.proxies[pod]?.sidecar ?? '';
    if (!closed || !governor.includes('egress-intent')) return [];
    const own = result.compilation.diagnostics.filter(({ intent }) =>
      intents.some((one) => intent === `intent-${one}`),
    );
    const from = pod * attempts.length;
    const before = without.results.slice(from, from + attempts.length);
    const granted = new Set([
      ...before.flatMap(endsOf),
      ...grants.flatMap((grant) => (grant.kind === 'place' ? `${grant.place.host}:${grant.place.port}` : [])),
    ]);
    return attempts.flatMap(({ protocol, address, port, name }, index) => {
      const [was, is] = [before[index], having.results[from + index]];
      if (was === undefined || is === undefined) throw new Error('a call was not judged');
      const title = `pod-${pod} ${protocol} ${address}:${port} ${name}`;
      const elsewhere = endsOf(is).filter((end) => !granted.has(end) && !isToldRerouted(end, own));
      const loose = isLoose(is) && !isLoose(was) && !isToldLoose(name, endsOf(is), own);
      return [
        ...elsewhere.map((end) => `${title} ends at ${end}`),
        ...(loose ? [`${title} ends at any address`] : []),
      ];
    });
  });
}

await withOracle("others' routing", (oracle) => {
  it.each([FIXED_SEED, randomInt(2 ** 31)])(
    'opens nothing that is not told (seed %i)',
    async (seed) => {
      const seen = { VirtualServiceReroutes: 0, DestinationRulePassthrough: 0 };
      const world = fc
        .tuple(arbitraryWorld({ versions: ['1.31', '1.30'], rivals: false }), routing)
        .map(([plain, of]): WorldSpec => ({ ...plain, sidecars: [], routing: of }));
      await fc.assert(
        fc.asyncProperty(world, async (one) => {
          expect(await untold(one, oracle)).toEqual([]);
          for (const { code } of settledWorld(one).result.compilation.diagnostics)
            if (code === 'VirtualServiceReroutes' || code === 'DestinationRulePassthrough') seen[code] += 1;
        }),
        { seed, numRuns: RUNS },
      );
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(RUNS / 25);
    },
    180_000,
  );
});
