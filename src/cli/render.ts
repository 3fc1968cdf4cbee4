// `egress-intent render`: prints the objects that the controller would write, from files and without a cluster.
import { Command, Option } from 'commander';
import { unmanaged } from '../plan/manifests.ts';
import { desiredManifests, objectsAfter } from '../plan/objects-after.ts';
import { planWrites } from '../plan/plan.ts';
import { readDocuments } from './input/documents.ts';
import { analyze, type Analysis } from './analyze.ts';
import { exitCodeOf, lineOf, NO_INTENT } from './findings.ts';
import { jsonListOf, yamlOf } from './printed.ts';
import { pathsOf, settingsOf, withInput, type InputFlags } from './options.ts';
import type { Io } from './io.ts';

type RenderFlags = InputFlags & { readonly output: 'yaml' | 'json'; readonly managed: boolean };

export function renderCommand(io: Io): Command {
  const command = new Command('render')
    .description('print the Sidecar and ServiceEntry objects that the controller would write')
    .addOption(new Option('-o, --output <format>', 'format').choices(['yaml', 'json']).default('yaml'))
    .option(
      '--managed',
      'print what the controller would leave in the cluster, with its labels and under the names of the managed objects in the input; not to be applied by others',
      false,
    );
  return withInput(command).action(async (paths: readonly string[], flags: RenderFlags) => {
    const analysis = analyze(await readDocuments(pathsOf(paths, flags), io.stdin), {
      ...flags,
      settings: settingsOf(flags),
      managed: flags.managed ? 'live' : 'ignored',
      withStatuses: flags.managed && flags.complete,
      withoutController: !flags.managed,
    });
    for (const finding of analysis.findings) io.stderr(`${lineOf(finding)}\n`);
    if (analysis.intents === 0) io.stderr(`${NO_INTENT}\n`);
    const objects = flags.managed ? managedObjects(analysis) : renderedObjects(analysis);
    if (isAuditOnly(analysis)) io.stderr(`${AUDIT_ONLY}\n`);
    io.stdout(flags.output === 'json' ? jsonListOf(objects) : yamlOf(objects));
    io.exit(exitCodeOf(analysis.findings));
  });
}

/** Without it, an empty result would look like a mistake. */
const AUDIT_ONLY =
  'mode Audit restricts nothing, so there is nothing to write: to see what Enforce would write, change the mode';

const isAuditOnly = ({ compiled }: Analysis): boolean => {
  const intents = compiled.flatMap(({ snapshot }) => snapshot.intents);
  return intents.length > 0 && intents.every(({ mode }) => mode === 'Audit');
};

/**
 * For each namespace the ServiceEntries first. Without the controller's label, or a controller would take them for its own and remove them
 * where their intents are not in its cluster.
 */
const renderedObjects = ({ compiled }: Analysis): readonly object[] =>
  compiled.flatMap(({ compilation, snapshot }) =>
    desiredManifests(planWrites(compilation, snapshot), snapshot).map(unmanaged),
  );

/** What the controller has in each namespace once it has written everything. */
export const managedObjects = ({ compiled }: Analysis): readonly object[] =>
  compiled.flatMap(({ compilation, snapshot }) => objectsAfter(planWrites(compilation, snapshot), snapshot));
