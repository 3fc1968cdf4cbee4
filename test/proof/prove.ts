// Tries many random worlds. The first that is at fault is made as small as it gets, so that a person can read it.
import * as fc from 'fast-check';
import type { DiagnosticCode } from '../../src/domain/egress-intent/diagnostics.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { Mismatch } from './mismatches.ts';
import { crowd } from './crowded-worlds.ts';
import { judgeWorld } from './judge-world.ts';
import type { WorldSpec } from './world-spec.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';

/**
 * What each judge can stand for: an Istio knows what older ones know, and platforms upgrade late. The older one of testing.md calls
 * itself 1.31 but is cut from what became 1.30.
 */
export const VERSIONS = { current: ['1.31', '1.31', '1.30', '1.28'], older: ['1.30', '1.28'] } as const;

export type Failure = { readonly world: WorldSpec; readonly faults: readonly Mismatch[] };

export type Proof = {
  readonly seed: number;
  /** How many worlds were judged, those on the way to a smaller failing one not counted. */
  readonly worlds: number;
  /** How many calls of closed pods were judged in all. */
  readonly probes: number;
  /** How many worlds had a diagnostic of the code. */
  readonly diagnostics: ReadonlyMap<DiagnosticCode, number>;
  readonly failure?: Failure;
};

export type Prover = {
  readonly oracle: OracleClient;
  readonly versions: readonly string[];
  readonly seed: number;
  readonly worlds: number;
  /** Be content with the first failing world, however large. */
  readonly first?: boolean;
  /** Called after each world. */
  readonly onWorld?: () => void;
};

/** One in four is crowded. */
const sometimesCrowded = (versions: readonly string[]): fc.Arbitrary<WorldSpec> =>
  fc
    .tuple(arbitraryWorld({ versions }), fc.nat(3))
    .map(([world, dice]) => (dice === 0 ? crowd(world) : world));

/** Worlds of one seed are always the same, in the same order. */
export async function prove({
  oracle,
  versions,
  seed,
  worlds: numRuns,
  first = false,
  onWorld,
}: Prover): Promise<Proof> {
  const diagnostics = new Map<DiagnosticCode, number>();
  let tried = 0;
  let probes = 0;
  let failure: Failure | undefined;
  const property = fc.asyncProperty(sometimesCrowded(versions), async (world) => {
    const trial = await judgeWorld(world, oracle);
    if (failure === undefined) {
      tried += 1;
      probes += trial.probes;
      for (const code of new Set(trial.diagnostics.map((one) => one.code)))
        diagnostics.set(code, (diagnostics.get(code) ?? 0) + 1);
      onWorld?.();
    }
    if (trial.faults.length > 0) failure = { world, faults: trial.faults };
    return trial.faults.length === 0;
  });
  // Each smaller world that fails too comes after the last, so the failure that is kept is the smallest.
  const { failed, errorInstance } = await fc.check(property, { seed, numRuns, endOnFailure: first });
  if (failed && failure === undefined) throw errorInstance;
  return { seed, worlds: tried, probes, diagnostics, ...(failure === undefined ? {} : { failure }) };
}
