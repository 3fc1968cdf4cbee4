// Names and wildcards as Istio matches them.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers, lookupNames, wildcardsAbove } from '../../../../src/domain/istio/egress-host.ts';

test.each([
  ['*', 'a.ext.com'],
  ['*', '*.ext.com'],
  ['*.ext.com', 'a.ext.com'],
  ['*.ext.com', 'b.a.ext.com'],
  ['*.ext.com', '*.a.ext.com'],
  ['*.ext.com', '*-api.ext.com'],
  ['*-api.ext.com', 'some-api.ext.com'],
  ['*-api.ext.com', 'b.some-api.ext.com'],
  ['*-api.ext.com', '*-some-api.ext.com'],
  ['*api.ext.com', 'api.ext.com'],
])('%s covers %s', (pattern, name) => {
  expect(covers(pattern, name)).toBe(true);
});

test.each([
  ['*.ext.com', 'ext.com'],
  ['*-api.ext.com', 'api.ext.com'],
  ['*-api.ext.com', '*.ext.com'],
  ['a.ext.com', '*.ext.com'],
  ['a.ext.com', 'b.ext.com'],
])('%s does not cover %s', (pattern, name) => {
  expect(covers(pattern, name)).toBe(false);
});

const label = fc.constantFrom('a', 'b', 'a-b', 'x-a-b', 'com');
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const wildcard = fc
  .tuple(fc.constantFrom('*', '*.', '*-', '*-b.', '*b.', '*x-a-b.'), name)
  .map(([start, rest]) => `${start}${rest}`);

test('a look-up of a name, of every wildcard of whole labels above it, and of `*` finds each wildcard that covers it', () => {
  fc.assert(
    fc.property(wildcard, fc.oneof(name, wildcard), (pattern, candidate) => {
      fc.pre(covers(pattern, candidate));
      const tried = new Set([candidate, ...wildcardsAbove(candidate), '*']);
      expect(lookupNames(pattern).some((each) => tried.has(each))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
