// Names of generated objects: readable, unique, and in the order that Istio's precedence needs.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cidrEntryName, hostEntryName, sidecarName } from '../../../src/compile/object-names.ts';
import { cidrHosts } from '../../../src/domain/istio/range-host.ts';
import { normalisedHost, parseCidr } from '../../../src/domain/network.ts';
import { cidr } from '../../support/cluster-objects.ts';

test('names show what an object is for', () => {
  expect(sidecarName({}, 1)).toBe('egress-intent-default');
  expect(sidecarName({ app: 'web', tier: 'a' }, 1)).toMatch(/^egress-intent-997-web-a-[0-9a-f]{12}$/);
  expect(hostEntryName(normalisedHost('www.example.com'))).toMatch(
    /^egress-intent-www-example-com-[0-9a-f]{12}$/,
  );
  expect(cidrEntryName(cidr('203.0.113.0/24'), 443)).toMatch(
    /^egress-intent-203-0-113-0-24-443-[0-9a-f]{12}$/,
  );
});

test('the name of the more specific Sidecar sorts first', () => {
  const names = [{}, { app: 'web' }, { app: 'web', tier: 'a' }].map((selector) => sidecarName(selector, 1));
  expect(names.toSorted()).toEqual(names.toReversed());
});

test('a scope that needs a new name gets a suffix', () => {
  expect(sidecarName({}, 2)).toBe('egress-intent-default-2');
});

test('the order of the labels does not matter', () => {
  expect(sidecarName({ app: 'web', tier: 'a' }, 1)).toBe(sidecarName({ tier: 'a', app: 'web' }, 1));
});

test('a wildcard and an exact host have different names', () => {
  const [wildcard, exact] = ['*.example.com', 'example.com'].map((host) =>
    hostEntryName(normalisedHost(host)),
  );
  expect(wildcard).not.toBe(exact);
});

/** Few digits, so that the texts are similar. */
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
      expect(new Set(ranges.map((each) => cidrHosts(each)(80))).size).toBe(ranges.length);
      expect(new Set(ranges.map((each) => cidrEntryName(each, 80))).size).toBe(ranges.length);
    }),
  );
});
