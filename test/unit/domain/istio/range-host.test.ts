// The hosts that stand for an address or range: valid, distinct, and never told to people.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cidrHosts, listedHostText, withRanges } from '../../../../src/domain/istio/range-host.ts';
import { parseCidr } from '../../../../src/domain/network.ts';
import { cidr } from '../../../support/cluster-objects.ts';

test('a range and an address that differ by a separator have different hosts', () => {
  expect(cidrHosts(cidr('a::b00/120'))(443)).toBe('tcp-443.cidr-a--b00-120.egress-intent.internal');
  expect(cidrHosts(cidr('a::b00:120'))(443)).toBe('tcp-443.ip-a--b00-120.egress-intent.internal');
});

const RANGES = fc
  .oneof(
    fc.tuple(fc.ipV4(), fc.option(fc.integer({ min: 1, max: 32 }))),
    fc.tuple(fc.ipV6(), fc.option(fc.integer({ min: 1, max: 128 }))),
    fc.tuple(
      fc.constantFrom('fd00::', '::1', 'fd00::1', '1:2:3:4::', '::1:2:3', '1::2:3:4', '2001:db8::10:20'),
      fc.option(fc.integer({ min: 8, max: 128 })),
    ),
  )
  .map(([address, length]) => (length === null ? address : `${address}/${length}`))
  .filter((text) => parseCidr(text).ok)
  .map(cidr);

const NUM_RUNS = 2_000;

describe('for any range', () => {
  test('the host is one that Istio accepts', () => {
    fc.assert(
      fc.property(RANGES, fc.integer({ min: 1, max: 65_535 }), (range, port) => {
        for (const label of cidrHosts(range)(port).split('.')) {
          expect(label).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
        }
      }),
      { numRuns: NUM_RUNS },
    );
  });

  test.each([
    ['alone', '', ''],
    ['in a list of a Sidecar', 'shop/', ', shop/api.example.com'],
    ['in a sentence', 'port 443 of shop/', ': grant it'],
    ['at the end of a sentence', 'conflicts with that for my-shop-1/', '.'],
    ['in quotes of a server', 'host "', '" is invalid'],
  ])('a text with the host %s has the range instead', (_where, before, after) => {
    fc.assert(
      fc.property(RANGES, fc.integer({ min: 1, max: 65_535 }), (range, port) => {
        const text = `${before}${cidrHosts(range)(port)}${after}`;
        const start = before.replace(/[-a-z0-9]+\/$/, '');
        expect(withRanges(text)).toBe(`${start}${range}${after}`);
        expect(listedHostText(text)).toBe(`${start}${range} on port ${port}${after}`);
      }),
      { numRuns: NUM_RUNS },
    );
  });
});

test.each([
  'api.example.com',
  'shop/tcp-443.example.com',
  'tcp-443.cidr-1-2-3.egress-intent.internal',
  'tcp-443.ip-zz.egress-intent.internal',
])('%s is told as it is', (text) => {
  expect([withRanges(text), listedHostText(text)]).toEqual([text, text]);
});

test('a longer name that contains such a host is left as it is', () => {
  const host = cidrHosts(cidr('1.2.3.4'))(443);
  for (const longer of [`${host}.example.com`, `${host}-b`, `x${host}`])
    expect(withRanges(longer)).toBe(longer);
});
