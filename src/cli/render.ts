// `egress-intent render`: prints the objects that the controller would write, from files and without a cluster.
import { Command, Option } from 'commander';
import { planWrites } from '../plan/plan.ts';
import { readDocuments } from './input/documents.ts';
import { analyze, type Analysis } from './analyze.ts';
import { exitCodeOf, lineOf, NO_INTENT } from './findings.ts';
import { jsonListOf, yamlOf } from './printed.ts';
import { settingsOf, withInput, type InputFlags } from './options.ts';
import type { Io } from './io.ts';
import type { Manifest } from '../domain/kinds/manifest.ts';

type RenderFlags = InputFlags & { readonly output: 'yaml' | 'json' };

export function renderCommand(io: Io): Command {
  const command = new Command('render')
    .description('print the Sidecar and ServiceEntry objects that the controller would write')
    .addOption(new Option('-o, --output <format>', 'format').choices(['yaml', 'json']).default('yaml'));
  return withInput(command).action(async (paths: readonly string[], flags: RenderFlags) => {
    const analysis = analyze(await readDocuments(paths, io.stdin), {
      ...flags,
      settings: settingsOf(flags),
    });
    for (const finding of analysis.findings) io.stderr(`${lineOf(finding)}\n`);
    if (analysis.intents === 0) io.stderr(`${NO_INTENT}\n`);
    io.stdout(flags.output === 'json' ? jsonListOf(manifestsOf(analysis)) : yamlOf(manifestsOf(analysis)));
    io.exit(exitCodeOf(analysis.findings));
  });
}

/** In the order in which the controller writes them: for each namespace the ServiceEntries first. */
function manifestsOf({ compiled }: Analysis): readonly Manifest[] {
  return compiled.flatMap(({ compilation, snapshot }) =>
    planWrites(compilation, snapshot)
      .phases.flat()
      .flatMap((step) => (step.kind === 'apply' ? [step.manifest] : [])),
  );
}
