// Names are a function of what they stand for, and no two things share one.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cidrEntryName, cidrHost } from '../../../src/compile/object-names.ts';
import { parseCidr, type Cidr } from '../../../src/domain/network.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(`${text} is ${parsed.error}`);
  return parsed.value;
};

test('a range and an address that differ by a separator have different hosts', () => {
  expect(cidrHost(cidr('a::b00/120'), 443)).toBe('tcp-443.cidr-a--b00-120.egress-intent.internal');
  expect(cidrHost(cidr('a::b00:120'), 443)).toBe('tcp-443.ip-a--b00-120.egress-intent.internal');
});

/** Few digits, so that texts are alike. */
const group = fc.constantFrom('0', '1', '10', 'a');
const range = fc
  .oneof(
    fc.tuple(
      fc.array(group, { minLength: 8, maxLength: 8 }),
      fc.constantFrom('', '/1', '/10', '/112', '/120'),
    ),
    fc.tuple(
      fc.array(fc.constantFrom('1', '10', '0'), { minLength: 4, maxLength: 4 }),
      fc.constantFrom('', '/1', '/10', '/24'),
    ),
  )
  .map(([groups, length]) => `${groups.join(groups.length === 8 ? ':' : '.')}${length}`)
  .filter((text) => parseCidr(text).ok)
  .map(cidr);

test('no two ranges share a host or a name', () => {
  fc.assert(
    fc.property(fc.uniqueArray(range, { minLength: 2, maxLength: 40 }), (ranges) => {
      expect(new Set(ranges.map((one) => cidrHost(one, 80))).size).toBe(ranges.length);
      expect(new Set(ranges.map((one) => cidrEntryName(one, 80))).size).toBe(ranges.length);
    }),
  );
});
