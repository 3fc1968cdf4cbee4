import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blockOf,
  blocksOf,
  Cidr,
  normalisedHost,
  overlap,
  parseCidr,
  withinCidr,
} from '../../../src/domain/network.ts';
import { err, ok } from '../../../src/domain/result.ts';

const cidr = (text: string) => Cidr.parse(text);

describe('parseCidr', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.0/24'],
    ['203.0.113.77/24', '203.0.113.0/24'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['198.51.100.9', '198.51.100.9'],
    ['198.51.100.9/32', '198.51.100.9'],
    ['2001:DB8::1/32', '2001:db8::/32'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::1/128', '2001:db8::1'],
  ])('reads %s as %s', (text, expected) => {
    expect(parseCidr(text)).toEqual(ok(expected));
  });

  test.each(['0.0.0.0/0', '0.0.0.0', '0.0.0.0/1', '0.1.2.3/4', '::/0', '::', '::1/3'])(
    'takes %s for everything, since its base is unspecified',
    (text) => {
      expect(parseCidr(text)).toEqual(err('everything'));
    },
  );

  test.each([
    '',
    'x',
    '1.2.3',
    '1.2.3.4/33',
    '1.2.3.4/-1',
    '1.2.3.4/08',
    '01.2.3.4',
    '1.2.3.4/8/8',
    '::ffff:1.2.3.4',
    'fe80::1%eth0',
    '1.2.3.4/',
    '/8',
  ])('refuses %j', (text) => {
    expect(parseCidr(text)).toEqual(err('malformed'));
  });

  test('reads what it wrote as the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4Extended(), fc.ipV6()), fc.nat(128), (address, length) => {
        const first = parseCidr(`${address}/${length}`);
        return !first.ok || parseCidr(first.value).ok;
      }),
    );
  });
});

describe('overlap', () => {
  test.each([
    ['10.0.0.0/8', '10.96.0.0/12', true],
    ['10.96.0.1', '10.96.0.0/12', true],
    ['10.96.0.0/12', '10.112.0.0/12', false],
    ['10.0.0.0/8', '2001:db8::/32', false],
    ['2001:db8::1', '2001:db8::/32', true],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(overlap(cidr(a), cidr(b))).toBe(expected);
    expect(overlap(cidr(b), cidr(a))).toBe(expected);
  });
});

describe('the blocks of an index of addresses', () => {
  const ranges = fc
    .oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })),
      fc.tuple(fc.ipV6(), fc.integer({ min: 1, max: 128 })),
    )
    .map(([address, length]) => parseCidr(`${address}/${length}`))
    .filter((parsed) => parsed.ok);

  test('an address within a range is in the block of the range', () => {
    fc.assert(
      fc.property(ranges, fc.oneof(fc.ipV4(), fc.ipV6()), ({ value: range }, other) => {
        const base = range.split('/')[0] ?? '';
        expect(withinCidr(range)(base)).toBe(true);
        for (const address of [base, other].filter(withinCidr(range)))
          expect(blocksOf(address)).toContain(blockOf(range));
      }),
    );
  });

  test.each([
    ['10.96.0.0/12', '10.0.0.0/8'],
    ['10.96.0.1', '10.96.0.1/32'],
    ['128.0.0.0/1', '0.0.0.0/0'],
    ['fd00:10::/64', 'fd00:10::/64'],
    ['fd00:10::/33', 'fd00:10::/32'],
  ])('the block of %s is %s', (range, block) => {
    expect(blockOf(cidr(range))).toBe(block);
  });

  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.7', '10.0.0.7', true],
    ['10.0.0.0/8', 'fd00::1', false],
    ['fd00::/8', 'FD00:0::1', true],
  ])('%s has %s: %s', (range, address, expected) => {
    expect(withinCidr(cidr(range))(address)).toBe(expected);
  });
});

test('a host loses its case and its trailing dot', () => {
  expect(normalisedHost('WWW.Example.com.')).toBe('www.example.com');
});
