// Checks random inputs. The first that fails is reduced to the smallest that still fails, so that a person can read it.
import * as fc from 'fast-check';

export type Failing<Input, Finding> = { readonly input: Input; readonly findings: readonly Finding[] };

export type Search<Input, Finding> = {
  readonly inputs: fc.Arbitrary<Input>;
  /** The findings about an input; none if it passes. */
  readonly check: (input: Input) => Promise<readonly Finding[]>;
  /** The same seed gives the same inputs in the same order. */
  readonly seed: number;
  readonly runs: number;
  /** False to return the first failing input as it is; default true. */
  readonly shrink?: boolean;
};

/** The smallest failing input, or undefined if every input passes. Rejects if `check` does and no input has failed. */
export async function smallestFailing<Input, Finding>({
  inputs,
  check,
  seed,
  runs,
  shrink = true,
}: Search<Input, Finding>): Promise<Failing<Input, Finding> | undefined> {
  let failing: Failing<Input, Finding> | undefined;
  const property = fc.asyncProperty(inputs, async (input) => {
    const findings = await check(input);
    // Shrinking goes from larger to smaller failing inputs, so the last one is the smallest.
    if (findings.length > 0) failing = { input, findings };
    return findings.length === 0;
  });
  const { failed, errorInstance } = await fc.check(property, { seed, numRuns: runs, endOnFailure: !shrink });
  if (failed && failing === undefined) throw errorInstance;
  return failing;
}
