// A report gives back the counterexample that it was made of, and is YAML that `render` can read.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { arbitraryEditSequence } from './edit-sequence.ts';
import { clusterObjects, intentObjects } from './objects.ts';
import { counterexampleIn, reportOf, type Counterexample } from './report.ts';

const FINDINGS = ['more: pod-0 a call', 'an error\nof two lines'];
const options = { versions: ['1.31'] };
const counterexample: fc.Arbitrary<Counterexample> = fc.oneof(
  fc.record({
    property: fc.constant('grants-are-exact' as const),
    istio: fc.constantFrom('current' as const, 'older' as const),
    input: arbitraryWorld(options),
  }),
  fc.record({
    property: fc.constant('edits-are-smooth' as const),
    istio: fc.constant('current' as const),
    input: arbitraryEditSequence(options),
  }),
);

test('a report holds the input and the objects', () => {
  fc.assert(
    fc.property(counterexample, (original) => {
      const report = reportOf(original, FINDINGS, 'failing.yaml');
      expect(counterexampleIn(report)).toEqual(original);
      const world = 'start' in original.input ? original.input.start : original.input;
      const objects = parseAllDocuments(report).map((document): unknown => document.toJS());
      expect(objects).toEqual([...clusterObjects(world), ...intentObjects(world)]);
    }),
    { seed: 20_261_122, numRuns: 100 },
  );
});

test('a text without an input is no report', () => {
  expect(() => counterexampleIn('kind: Pod')).toThrow('# input: ');
});
