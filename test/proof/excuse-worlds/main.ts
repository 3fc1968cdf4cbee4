// `npm run excuse`: judges the worlds of this folder, or searches random worlds for one in which a code excuses a call that no other listing keeps, and
// writes the smallest world that it can make of it.
import * as fc from 'fast-check';
import { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startOracle } from '../../kits/oracle/oracle.ts';
import { keptBy } from '../alternative-sidecars.ts';
import { fidelityWorld } from '../fidelity-worlds.ts';
import { contradictionsIn, judgeFidelity, type ExcusedCall } from '../judge-fidelity.ts';
import { VERSIONS } from '../prove.ts';
import type { WorldSpec } from '../world-spec.ts';
import { callsExcusedBy, EXCUSE_WORLDS, FOLDER } from './excuse-world.ts';
import { smaller } from './smaller.ts';

const command = new Command('npm run excuse --')
  .argument('[codes...]', 'codes; default all')
  .option('--find <worlds>', 'search at most so many random worlds for each code')
  .option('--seed <seed>', 'the same seed gives the same worlds', '1')
  .parse();
const { find, seed } = command.opts<{ readonly find?: string; readonly seed: string }>();
const oracle = await startOracle();

/** Prints what nothing explains. */
async function judge(code: string, world: WorldSpec): Promise<boolean> {
  const found = contradictionsIn(await judgeFidelity(world, oracle));
  process.stdout.write([`${found.length === 0 ? 'right' : 'WRONG'} ${code}`, ...found, ''].join('\n'));
  return found.length === 0;
}

async function search(code: string): Promise<boolean> {
  // A world that the compiler or the oracle cannot judge is none.
  const excusedIn = async (world: WorldSpec): Promise<ExcusedCall | undefined> =>
    callsExcusedBy(code, world, oracle).then(
      ([first]) => first,
      () => undefined,
    );
  const worlds = fc.sample(fidelityWorld(VERSIONS.current), { seed: Number(seed), numRuns: Number(find) });
  for (const world of worlds) {
    if ((await excusedIn(world)) === undefined) continue;
    const small = await smaller(world, async (candidate) => (await excusedIn(candidate)) !== undefined);
    const excused = await excusedIn(small);
    const alternative = excused && (await keptBy(excused, small, oracle));
    process.stdout.write(`${alternative === undefined ? 'found' : 'KEPT'} ${code} ${alternative ?? ''}\n`);
    const name = alternative === undefined ? `${code}.yaml` : `${code}.kept`;
    await writeFile(join(FOLDER, name), stringify(small));
    if (alternative === undefined) return true;
  }
  process.stdout.write(`not found ${code}\n`);
  return false;
}

const known = EXCUSE_WORLDS.filter(({ code }) => command.args.length === 0 || command.args.includes(code));
let isRight = true;
if (find === undefined) for (const { code, world } of known) isRight = (await judge(code, world)) && isRight;
else for (const code of command.args) isRight = (await search(code)) && isRight;
process.exitCode = isRight ? 0 : 1;
await oracle.stop();
