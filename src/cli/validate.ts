// `egress-intent validate`: reports every problem of the intents in files, with its position, without a cluster.
import { Command, Option } from 'commander';
import { readDocuments } from './input/documents.ts';
import { analyze } from './analyze.ts';
import { exitCodeOf, lineOf, NO_INTENT, reportOf, summaryOf } from './findings.ts';
import type { Io } from './io.ts';
import { pathsOf, settingsOf, withInput, type InputFlags } from './options.ts';
import { jsonOf } from './printed.ts';

type ValidateFlags = InputFlags & { readonly output: 'text' | 'json'; readonly strict: boolean };

export function validateCommand(io: Io): Command {
  const command = new Command('validate')
    .description('check intents as the API server and the controller would')
    .addOption(
      new Option('-o, --output <format>', 'text: a line for each finding; json: for programs')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--strict', 'warnings make the exit code 1, as errors do', false);
  return withInput(command).action(async (paths: readonly string[], flags: ValidateFlags) => {
    const { findings, intents } = analyze(await readDocuments(pathsOf(paths, flags), io.stdin), {
      ...flags,
      settings: settingsOf(flags),
      managed: 'live',
      withStatuses: true,
    });
    if (flags.output === 'json') io.stdout(jsonOf(reportOf(intents, findings)));
    else for (const finding of findings) io.stdout(`${lineOf(finding)}\n`);
    if (intents === 0) io.stderr(`${NO_INTENT}\n`);
    io.stderr(`${summaryOf(intents, findings)}\n`);
    io.exit(exitCodeOf(findings, flags.strict));
  });
}
