// For tests: checks a property with random inputs, and fails with the command that replays the smallest counterexample.
import type * as fc from 'fast-check';
import type { Input, PropertyName } from './properties.ts';
import { failureOf } from './report.ts';
import { smallestFailing } from './search.ts';

export type RandomCheck<Name extends PropertyName> = {
  readonly property: Name;
  readonly inputs: fc.Arbitrary<Input<Name>>;
  readonly seed: number;
  readonly runs: number;
  /** What contradicts the property, one sentence each. */
  readonly judge: (input: Input<Name>) => Promise<readonly string[]>;
};

/** An error of `judge`, such as one of the compiler, contradicts the property too. */
export async function assertProperty<Name extends PropertyName>({
  property,
  inputs,
  seed,
  runs,
  judge,
}: RandomCheck<Name>): Promise<void> {
  const check = async (input: Input<Name>): Promise<readonly string[]> =>
    judge(input).catch((error: unknown) => [String(error)]);
  const failing = await smallestFailing({ inputs, check, seed, runs });
  if (failing !== undefined)
    throw await failureOf({ property, input: failing.input, istio: 'current' }, failing.findings);
}
