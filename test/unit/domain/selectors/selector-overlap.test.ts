// The index finds what a comparison with every selector finds.
import { array, assert, constantFrom, dictionary, property, tuple, type Arbitrary } from 'fast-check';
import { expect, test } from 'vitest';
import { excludes, type Labels } from '../../../../src/domain/labels.ts';
import { selectorOverlap } from '../../../../src/domain/selectors/selector-overlap.ts';

const labels: Arbitrary<Labels> = dictionary(
  constantFrom('app', 'tier', 'team'),
  constantFrom('a', 'b', 'c'),
  { maxKeys: 3 },
);

test('the values that do not exclude the labels, whatever was added and asked before', () => {
  assert(
    property(array(tuple(labels, labels), { maxLength: 20 }), (rounds) => {
      const index = selectorOverlap<Labels>((value) => value);
      const added: Labels[] = [];
      for (const [selector, asked] of rounds) {
        expect(new Set(index.overlapping(asked))).toEqual(
          new Set(added.filter((value) => !excludes(value, asked))),
        );
        index.add(selector);
        added.push(selector);
      }
    }),
    { numRuns: 500 },
  );
});
