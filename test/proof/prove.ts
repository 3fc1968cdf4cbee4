// The main property, over many random worlds: each restricted pod may call exactly what its intents grant.
import * as fc from 'fast-check';
import type { DiagnosticCode } from '../../src/domain/egress-intent/diagnostics.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { crowdedWorld } from './crowded-worlds.ts';
import { judgeWorld } from './judge-world.ts';
import type { Mismatch } from './mismatches.ts';
import { smallestFailing, type Failing } from './search.ts';
import type { WorldSpec } from './world-spec.ts';

/**
 * The Istio versions of the worlds that each oracle judges: an Istio supports what older versions support. The older oracle links an Istio
 * that reports 1.31 but is the code from which 1.30 was cut.
 */
export const VERSIONS = { current: ['1.31', '1.31', '1.30', '1.28'], older: ['1.30', '1.28'] } as const;

export type Proof = {
  readonly seed: number;
  /** The number of worlds that were judged, without those of shrinking. */
  readonly worlds: number;
  /** The number of calls that were judged in these worlds. */
  readonly probes: number;
  /** For each diagnostic the number of worlds that had it. */
  readonly diagnostics: ReadonlyMap<DiagnosticCode, number>;
  readonly failure?: Failing<WorldSpec, Mismatch>;
};

export type ProveOptions = {
  readonly oracle: OracleClient;
  readonly versions: readonly string[];
  readonly seed: number;
  readonly worlds: number;
  /** True to stop at the first failing world without searching for a smaller one; default false. */
  readonly first?: boolean;
  /** Called after each world. */
  readonly onWorld?: () => void;
};

/** One world in four is crowded. */
const sometimesCrowded = (versions: readonly string[]): fc.Arbitrary<WorldSpec> =>
  fc
    .tuple(arbitraryWorld({ versions }), fc.nat(3))
    .map(([world, chance]) => (chance === 0 ? crowdedWorld(world) : world));

/** The same seed gives the same worlds in the same order. Rejects if the oracle fails. */
export async function prove({
  oracle,
  versions,
  seed,
  worlds: runs,
  first = false,
  onWorld,
}: ProveOptions): Promise<Proof> {
  const diagnostics = new Map<DiagnosticCode, number>();
  let worlds = 0;
  let probes = 0;
  let hasFailed = false;
  const check = async (world: WorldSpec): Promise<readonly Mismatch[]> => {
    const judged = await judgeWorld(world, oracle);
    if (!hasFailed) {
      worlds += 1;
      probes += judged.probes;
      for (const code of new Set(judged.diagnostics.map((diagnostic) => diagnostic.code)))
        diagnostics.set(code, (diagnostics.get(code) ?? 0) + 1);
      onWorld?.();
    }
    hasFailed ||= judged.mismatches.length > 0;
    return judged.mismatches;
  };
  const inputs = sometimesCrowded(versions);
  const failure = await smallestFailing({ inputs, check, seed, runs, shrink: !first });
  return { seed, worlds, probes, diagnostics, ...(failure === undefined ? {} : { failure }) };
}
