import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Cidr, normalisedHost, overlap, parseCidr } from '../../../src/domain/network.ts';
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

test('a host loses its case and its trailing dot', () => {
  expect(normalisedHost('WWW.Example.com.')).toBe('www.example.com');
});
