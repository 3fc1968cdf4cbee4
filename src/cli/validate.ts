// `egress-intent validate`: everything that is wrong with intents in files, each with its place, without a cluster.
import { Command } from 'commander';
import { readDocuments } from './documents.ts';
import { analyze } from './analyze.ts';
import { exitCodeOf, lineOf } from './findings.ts';
import type { Io } from './io.ts';
import { settingsOf, withSettings, type SettingsFlags } from './options.ts';

type Flags = SettingsFlags & { readonly namespace: string; readonly complete: boolean };

export function validateCommand(io: Io): Command {
  return withSettings(
    new Command('validate')
      .description('check intents as the API server and the controller would')
      .argument('<path...>', 'files, folders or - for standard input: intents, and what stands beside them')
      .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
      .option('--complete', 'the input is the whole cluster: what it does not hold does not exist', false),
  ).action(async (paths: readonly string[], flags: Flags) => {
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
