// For each code that may excuse that a granted call travels otherwise, a small world in which only diagnostics with this code explain a call. Read from the YAML files
// of this folder, which find.ts writes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { OracleClient } from '../../kits/oracle/with-oracle.ts';
import { excusingCodes } from '../excused-calls.ts';
import { followedObjects } from '../followed.ts';
import { contradictionsIn, judgeFidelity, type ExcusedCall } from '../judge-fidelity.ts';
import { clusterObjects } from '../objects.ts';
import { hasWholeRoutes, SHOP, type WorldSpec } from '../world-spec.ts';

export const FOLDER = import.meta.dirname;

/** Each file has the name of the code. */
export const EXCUSE_WORLDS: readonly { readonly code: string; readonly world: WorldSpec }[] = readdirSync(
  FOLDER,
)
  .filter((name) => name.endsWith('.yaml'))
  .toSorted()
  .map((name) => ({
    code: name.replace('.yaml', ''),
    world: parse(readFileSync(join(FOLDER, name), 'utf8')) as WorldSpec,
  }));

/** The calls that nothing explains but diagnostics with this code; none in a world where something is not explained. Rejects if the oracle fails. */
export async function callsExcusedBy(
  code: string,
  world: WorldSpec,
  oracle: OracleClient,
): Promise<readonly ExcusedCall[]> {
  const judged = await judgeFidelity(world, oracle);
  if (contradictionsIn(judged).length > 0) return [];
  const foreign = clusterObjects(world);
  const needed = await Promise.all(
    judged.excusedCalls.map(async ({ call, before, codes }) => {
      if (!codes.includes(code)) return [];
      if (codes.length === 1) return [{ call, before, codes }];
      const { trusted = [] } = world;
      const { providers } = call;
      const followed = followedObjects(foreign, { caller: SHOP, trusted, providers });
      const others = call.diagnostics.filter((diagnostic) => diagnostic.code !== code);
      const setting = { world, foreign, oracle, followed };
      const without = await excusingCodes(
        { ...call, diagnostics: others },
        before,
        hasWholeRoutes(world),
        setting,
      );
      return without.length === 0 ? [{ call, before, codes }] : [];
    }),
  );
  return needed.flat();
}
