// `egress-intent validate`: reports every problem of the intents in files, with its position, without a cluster.
import { Command } from 'commander';
import { readDocuments } from './input/documents.ts';
import { analyze } from './analyze.ts';
import { exitCodeOf, lineOf, NO_INTENT, summaryOf } from './findings.ts';
import type { Io } from './io.ts';
import { settingsOf, withInput, type InputFlags } from './options.ts';

export function validateCommand(io: Io): Command {
  const command = new Command('validate').description(
    'check intents as the API server and the controller would',
  );
  return withInput(command).action(async (paths: readonly string[], flags: InputFlags) => {
    const { findings, intents } = analyze(await readDocuments(paths, io.stdin), {
      ...flags,
      settings: settingsOf(flags),
      managed: 'live',
      withStatuses: true,
    });
    for (const finding of findings) io.stdout(`${lineOf(finding)}\n`);
    if (intents === 0) io.stderr(`${NO_INTENT}\n`);
    io.stderr(`${summaryOf(intents, findings)}\n`);
    io.exit(exitCodeOf(findings));
  });
}
