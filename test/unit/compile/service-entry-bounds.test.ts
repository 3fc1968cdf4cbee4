// How many ServiceEntries are written at most, and which entries are refused past that.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIAGNOSTICS } from '../../../src/domain/egress-intent/diagnostics.ts';
import { compiled, liveObject, settingsWith, type Compiled } from '../../support/compiler.ts';

type Entry = { readonly host: string } | { readonly cidr: string; readonly ports: readonly number[] };

const entryOf = (entry: Entry): object =>
  'host' in entry
    ? { host: entry.host, ports: [{ port: 443, protocol: 'TLS' }] }
    : { cidr: entry.cidr, ports: entry.ports.map((port) => ({ port })) };

const intent = (name: string, day: number, entries: readonly Entry[]): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: {
    name,
    namespace: 'red',
    uid: `uid-${name}`,
    creationTimestamp: `2026-01-${String(day).padStart(2, '0')}T00:00:00Z`,
  },
  spec: { workloadSelector: { matchLabels: { app: name } }, allow: entries.map(entryOf) },
});

const compiledWith = (objects: readonly object[], perIntent: number, perNamespace: number): Compiled =>
  compiled(
    objects,
    'red',
    settingsWith({
      maxServiceEntriesPerIntent: perIntent,
      maxServiceEntriesPerNamespace: perNamespace,
      platformHosts: [],
    }),
  );
const hostsIn = ({ compilation }: Compiled): readonly string[] =>
  compilation.serviceEntries.flatMap(({ spec }) => spec.hosts);
const refusedIn = ({ compilation }: Compiled): readonly object[] =>
  compilation.diagnostics.filter(({ code }) => code === 'TooManyServiceEntries');
const live = ({ manifests }: Compiled): readonly object[] =>
  manifests.map((manifest) => liveObject(manifest));
const hosts = (prefix: string, count: number): readonly Entry[] =>
  Array.from({ length: count }, (_, index) => ({ host: `${prefix}${index}.example.com` }));

describe('past the bound', () => {
  test('of an intent, its last entries are refused, each by a diagnostic that names it', () => {
    const result = compiledWith([intent('a', 1, hosts('h', 5))], 3, 100);
    expect(hostsIn(result)).toHaveLength(3);
    expect(refusedIn(result)).toEqual(
      [3, 4].map((entry) => ({
        code: 'TooManyServiceEntries',
        intent: 'a',
        entry,
        bound: 'intent',
        limit: 3,
      })),
    );
    expect(JSON.stringify(result.manifests)).not.toContain('h4.example.com');
  });

  test('the last ports of a range are refused, in its ServiceEntries and in the Sidecar', () => {
    const range: Entry = { cidr: '203.0.113.0/24', ports: [1001, 1002, 1003, 1004] };
    const result = compiledWith([intent('a', 1, [{ host: 'h.example.com' }, range])], 3, 100);
    expect(hostsIn(result)).toHaveLength(3);
    expect(refusedIn(result)).toMatchObject([{ entry: 1, ports: [1003, 1004] }]);
    expect(JSON.stringify(result.manifests)).toContain('tcp-1002');
    expect(JSON.stringify(result.manifests)).not.toContain('tcp-1003');
  });

  test('of a namespace, the entries of the youngest intent are refused', () => {
    const result = compiledWith([intent('b', 2, hosts('b', 3)), intent('a', 1, hosts('a', 3))], 100, 4);
    expect(refusedIn(result)).toMatchObject([
      { intent: 'b', entry: 1, bound: 'namespace', limit: 4 },
      { intent: 'b', entry: 2 },
    ]);
  });

  test('what stands is kept where an older intent gets more entries, and where the bound is lowered', () => {
    const before = compiledWith([intent('a', 1, hosts('a', 1)), intent('b', 2, hosts('b', 3))], 100, 4);
    expect(refusedIn(before)).toEqual([]);
    const grown = [intent('a', 1, hosts('a', 3)), intent('b', 2, hosts('b', 3)), ...live(before)];
    const after = compiledWith(grown, 100, 4);
    expect(refusedIn(after)).toMatchObject([
      { intent: 'a', entry: 1 },
      { intent: 'a', entry: 2 },
    ]);
    expect(hostsIn(after).toSorted()).toEqual(hostsIn(before).toSorted());
    expect(hostsIn(compiledWith(grown, 1, 1))).toHaveLength(4);
  });

  test('a host that several entries and intents name counts once', () => {
    const same = hosts('h', 3);
    const result = compiledWith([intent('a', 1, [...same, ...same]), intent('b', 2, same)], 3, 3);
    expect(refusedIn(result)).toEqual([]);
  });

  test('the most that an intent can hold is bounded by default', () => {
    const ports = Array.from({ length: 64 }, (_, index) => 1000 + index);
    const ranges = Array.from({ length: 256 }, (_, index): Entry => ({ cidr: `10.${index}.0.0/16`, ports }));
    const result = compiled([intent('a', 1, ranges)], 'red', settingsWith({ platformHosts: [] }));
    expect(hostsIn(result)).toHaveLength(512);
    expect(refusedIn(result)).toHaveLength(248);
  });
});

test('never more than the bounds, nothing refused within them, and the second run keeps what the first wrote', () => {
  const entry = fc.oneof(
    fc.nat(9).map((n): Entry => ({ host: `h${n}.example.com` })),
    fc.record({
      cidr: fc.constantFrom('10.1.0.0/16', '10.2.0.0/16'),
      ports: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    }),
  );
  const intents = fc.array(fc.array(entry, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });
  const bound = fc.integer({ min: 1, max: 8 });
  fc.assert(
    fc.property(intents, bound, bound, (lists, perIntent, perNamespace) => {
      const objects = lists.map((entries, index) => intent(`i${index}`, index + 1, entries));
      const first = compiledWith(objects, perIntent, perNamespace);
      expect(hostsIn(first).length).toBeLessThanOrEqual(perNamespace);
      for (const each of first.snapshot.intents)
        expect(
          first.compilation.serviceEntries.filter(({ intents: of }) => of.includes(each)).length,
        ).toBeLessThanOrEqual(perIntent);
      const unbounded = compiledWith(objects, 1_000, 1_000);
      expect(refusedIn(first).length > 0 || hostsIn(first).length === hostsIn(unbounded).length).toBe(true);
      const second = compiledWith([...objects, ...live(first)], perIntent, perNamespace);
      expect(second.plan.phases).toEqual([]);
      expect(refusedIn(second)).toEqual(refusedIn(first));
    }),
    { numRuns: 100 },
  );
});

test('the message names the bound and its flag', () => {
  expect(DIAGNOSTICS.TooManyServiceEntries.exampleMessages()).toEqual([
    expect.stringMatching(/512 ServiceEntries that an intent may cause.*--max-service-entries-per-intent/),
    expect.stringMatching(
      /^ports 5432, 5433 .*4096 ServiceEntries that a namespace.*--max-service-entries-per-namespace/,
    ),
  ]);
});
