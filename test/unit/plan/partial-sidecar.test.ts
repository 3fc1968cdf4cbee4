// The part of a refused Sidecar that is written: accepted, as large as can be found, and never larger than the whole.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostsLeftOut, largestPart, listingsOf, partialSpec } from '../../../src/plan/partial-sidecar.ts';
import type { EgressListener, SidecarSpec } from '../../../src/domain/kinds/sidecar.ts';

const TRIES = 10;

/** The result of the search, and the number of parts that were tried. */
function searched<T>(all: readonly T[], accepts: (part: readonly T[]) => boolean) {
  const search = largestPart(all, TRIES);
  let tried = 0;
  let next = search.next();
  while (next.done !== true) {
    tried += 1;
    next = search.next(accepts(next.value));
  }
  return { part: next.value, tried };
}

const upTo = (size: number): readonly number[] => Array.from({ length: size }, (_, index) => index);

test('one bad host of at most 512 is the only one left out', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 512 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1))),
      ([size, bad]) => {
        const { part, tried } = searched(upTo(size), (tryPart) => !tryPart.includes(bad));
        expect(part).toEqual(upTo(size).filter((item) => item !== bad));
        expect(tried).toBeLessThanOrEqual(TRIES);
      },
    ),
  );
});

test('with any bad hosts the part is accepted, ordered and found in at most ten tries', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.uniqueArray(fc.nat(1999), { minLength: 1 }),
      (size, all) => {
        const bad = new Set(all.filter((item) => item < size));
        fc.pre(bad.size > 0);
        const { part, tried } = searched(upTo(size), (tryPart) => !tryPart.some((item) => bad.has(item)));
        expect(part.some((item) => bad.has(item))).toBe(false);
        expect(part).toEqual(upTo(size).filter((item) => part.includes(item)));
        expect(tried).toBeLessThanOrEqual(TRIES);
      },
    ),
  );
});

test('two bad hosts of eight are the only ones left out', () => {
  expect(searched(upTo(8), (part) => !part.includes(1) && !part.includes(6)).part).toEqual([
    0, 2, 3, 4, 5, 7,
  ]);
});

const port = (number: number): EgressListener['port'] & object => ({ number, name: `p-${number}` });
const spec = (egress: readonly EgressListener[]): SidecarSpec => ({
  outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
  egress,
});
const WEB = { port: port(443), hosts: ['red/a', 'red/b', '~green/c'] };
const DB = { port: port(5432), hosts: ['red/db'] };
const ANY = { hosts: ['blue/*', '~blue/secret'] };

test.each<readonly [string, readonly string[], readonly EgressListener[]]>([
  ['everything', ['red/a', 'red/b', 'red/db', 'blue/*'], [WEB, DB, ANY]],
  ['one host less', ['red/a', 'red/db', 'blue/*'], [{ ...WEB, hosts: ['red/a', '~green/c'] }, DB, ANY]],
  ['no host of the listener without a port', ['red/a', 'red/b', 'red/db'], [WEB, DB]],
  ['no host of a port, which the listener without a port would open', ['red/a', 'red/b', 'blue/*'], [WEB]],
  ['nothing', [], [{ hosts: ['~/*'] }]],
  ['nothing that a port allows', ['blue/*'], [{ hosts: ['~/*'] }]],
])('keeps %s', (_what, hosts, egress) => {
  const whole = spec([WEB, DB, ANY]);
  const kept = listingsOf(whole).filter(({ host }) => hosts.includes(host));
  expect(partialSpec(whole, kept)).toEqual(spec(egress));
});

/** What a Sidecar lists, by listener; the one that lists nothing has no line. */
const linesOf = ({ egress }: SidecarSpec): readonly string[] =>
  egress.flatMap(({ port: of, hosts }) =>
    hosts.filter((host) => host !== '~/*').map((host) => `${of?.number ?? 'any'} ${host}`),
  );

test('no part lists more than the whole, loses an exclusion that matters, opens a port or is empty', () => {
  const whole = spec([WEB, DB, ANY]);
  fc.assert(
    fc.property(fc.subarray([...listingsOf(whole)]), (kept) => {
      const part = partialSpec(whole, kept);
      const lines = linesOf(part);
      const numbers = new Set(part.egress.map((listener) => listener.port?.number));
      expect(linesOf(whole)).toEqual(expect.arrayContaining([...lines]));
      expect(lines.includes('443 ~green/c')).toBe(numbers.has(443));
      expect(lines.includes('any ~blue/secret')).toBe(lines.includes('any blue/*'));
      expect(!lines.includes('any blue/*') || (numbers.has(443) && numbers.has(5432))).toBe(true);
      expect(part.egress.flatMap(({ hosts }) => hosts).length).toBeGreaterThan(0);
    }),
  );
});

test('names what the standing list lacks, each once', () => {
  const twice = spec([{ port: port(80), hosts: ['red/b', 'red/a'] }, { hosts: ['red/b'] }]);
  expect(hostsLeftOut(twice, [{ hosts: ['red/a'] }])).toEqual(['red/b']);
});
