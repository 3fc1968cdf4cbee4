// A look-up by name finds what a comparison with each name finds.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameIndex } from '../../../../src/compile/mesh/name-index.ts';
import { covers } from '../../../../src/domain/istio/egress-host.ts';

const label = fc.constantFrom('a', 'b', 'x-a', 'com', '*', '*-a', '*a');
const name = fc
  .tuple(label, fc.array(fc.constantFrom('a', 'b', 'x-a', 'com'), { maxLength: 3 }))
  .map(([first, others]) => [first, ...others].join('.'));

test('all look-ups agree with covers, in the order of the items', () => {
  fc.assert(
    fc.property(
      fc.array(name, { maxLength: 12 }),
      fc.array(name, { minLength: 1, maxLength: 3 }),
      (all, wanted) => {
        const items = all.map((each) => ({ name: each }));
        const index = nameIndex(
          () => items,
          (item) => item.name,
        );
        const [first = ''] = wanted;
        expect(index.named(first)).toEqual(items.filter((item) => item.name === first));
        expect(index.covering(first)).toEqual(items.filter((item) => covers(item.name, first)));
        expect(index.coveredBy(wanted)).toEqual(
          items.filter((item) => wanted.some((each) => covers(each, item.name))),
        );
        expect(index.related(wanted)).toEqual(
          items.filter((item) => wanted.some((each) => covers(each, item.name) || covers(item.name, each))),
        );
        expect(index.ordered(items.toReversed())).toEqual(items);
      },
    ),
    { numRuns: 2_000 },
  );
});
