// `npm run prove -- --property edits-are-smooth`: no single write opens, interrupts or reroutes, in any number of random edits.
import * as fc from 'fast-check';
import { writeFile } from 'node:fs/promises';
import { startOracle } from '../kits/oracle/oracle.ts';
import { arbitraryEditSequence } from './edit-sequence.ts';
import { fidelityEdits } from './fidelity-edits.ts';
import { describeInterruption } from './interruptions.ts';
import { judgeEdits } from './judge-edits.ts';
import { nestedHostsEdits } from './nested-hosts.ts';
import { VERSIONS } from './prove.ts';
import type { FidelityOptions } from './prove-fidelity.ts';
import { reportOf } from './report.ts';
import { replacedHostsEdits } from './replaced-hosts.ts';
import { smallestFailing } from './search.ts';

const PROPERTY = 'edits-are-smooth';

/** One in four worlds has the routing of a real mesh. Prints what is found; exit code 1 if anything is. */
export async function proveEdits(options: Omit<FidelityOptions, 'stats'>): Promise<void> {
  const { worlds, seed, jobs, istio, out, first } = options;
  process.stderr.write(`seed ${seed}, ${jobs} oracles\n`);
  let writes = 0;
  const versions = VERSIONS[istio];
  const failing = await Promise.all(
    Array.from({ length: jobs }, async (_, job) => {
      const oracle = await startOracle({ istio });
      const found = await smallestFailing({
        inputs: fc.oneof(
          fidelityEdits(versions),
          arbitraryEditSequence({ versions, duplicateHosts: false }),
          nestedHostsEdits({ versions }),
          replacedHostsEdits({ versions }),
        ),
        seed: seed + job,
        runs: Math.floor((worlds + job) / jobs),
        shrink: !first,
        check: async (sequence) => {
          const judged = await judgeEdits(sequence, oracle);
          writes += judged.writes;
          return judged.interruptions.map(describeInterruption);
        },
      });
      await oracle.stop();
      return found;
    }),
  );
  process.stdout.write(`${writes} writes judged\n`);
  const found = failing.find((each) => each !== undefined);
  if (found === undefined) return;
  await writeFile(out, reportOf({ property: PROPERTY, input: found.input, istio }, found.findings, out));
  const shown = found.findings.slice(0, 5).join('\n');
  process.stdout.write(`${shown}\nTo judge it again: npm run prove -- --replay ${out}\n`);
  process.exitCode = 1;
}
