// `egress-intent validate`: reports every problem of the intents in files, with its position, without a cluster.
import { Command } from 'commander';
import { readDocuments } from './documents.ts';
import { analyze } from './analyze.ts';
import { exitCodeOf, lineOf } from './findings.ts';
import type { Io } from './io.ts';
import { settingsOf, withSettings, type SettingsFlags } from './options.ts';

type ValidateFlags = SettingsFlags & { readonly namespace: string; readonly complete: boolean };

export function validateCommand(io: Io): Command {
  return withSettings(
    new Command('validate')
      .description('check intents as the API server and the controller would')
      .argument('<path...>', 'files, folders or - for standard input: intents, and the objects around them')
      .option('-n, --namespace <name>', 'namespace of objects that do not name one', 'default')
      .option('--complete', 'the input is the whole cluster: what is not in it does not exist', false),
  ).action(async (paths: readonly string[], flags: ValidateFlags) => {
    const { findings, compiled } = analyze(await readDocuments(paths, io.stdin), {
      ...flags,
      settings: settingsOf(flags),
    });
    for (const finding of findings) io.stdout(`${lineOf(finding)}\n`);
    const intents = compiled.flatMap(({ snapshot }) => [...snapshot.intents, ...snapshot.invalid]);
    io.stderr(
      `${intents.length} intents, ${findings.filter(({ severity }) => severity === 'error').length} errors\n`,
    );
    io.exit(exitCodeOf(findings));
  });
}
