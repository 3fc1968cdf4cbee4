// No two ServiceEntries of a random world are of one namespace and one age and register one host.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { secondsYounger } from './distinct-ages.ts';
import { clusterObjects } from './objects.ts';
import { fidelityWorld } from './fidelity-worlds.ts';
import type { ServiceEntrySpec } from './world-spec.ts';

const entry = (...[host = '', ...moreHosts]: readonly string[]): ServiceEntrySpec => ({
  namespace: 'pay',
  host,
  moreHosts,
  addresses: 'none',
  resolution: 'DNS',
  ports: [],
  exportTo: [],
  older: true,
});

test.each<[string, readonly ServiceEntrySpec[], readonly number[]]>([
  ['no shared host', [entry('a'), entry('b')], [0, 0]],
  ['a shared host', [entry('a'), entry('a')], [0, 1]],
  ['a further host that is shared', [entry('a', 'b'), entry('b'), entry('b')], [0, 1, 2]],
  ['a chain', [entry('a'), entry('a', 'b'), entry('b')], [0, 1, 2]],
  ['two namespaces', [entry('a'), { ...entry('a'), namespace: 'shop' }], [0, 0]],
  ['two ages', [entry('a'), { ...entry('a'), older: false }], [0, 0]],
])('%s', (_what, entries, seconds) => {
  expect(secondsYounger(entries)).toEqual(seconds);
});

test('random worlds', () => {
  fc.assert(
    fc.property(fidelityWorld(['1.31']), (world) => {
      const registrations = clusterObjects(world)
        .filter(({ kind }) => kind === 'ServiceEntry')
        .flatMap(({ metadata, spec }) =>
          [...new Set((spec as { readonly hosts: readonly string[] }).hosts)].map(
            (host) => `${metadata.namespace}/${host} ${metadata.creationTimestamp}`,
          ),
        );
      expect(new Set(registrations).size).toBe(registrations.length);
    }),
    { seed: 20_261_129, numRuns: 300 },
  );
});
