// Plays the steps: carries out each edit, waits until the controller has written everything, and shows what changed
// and what the app may call.
import { eventually, type Cluster, type KubeObject } from '../support/cluster.ts';
import { conditionOf, conditionsOf, untilCondition } from '../support/intent-status.ts';
import { GENERATED, intentRef } from '../support/story.ts';
import { callRows, compiledFrom, type CallRow } from './calls.ts';
import { changesBetween } from './changes.ts';
import { pause, print, printChanges, printCommand, printRemark, printTable, printTitle } from './screen.ts';
import type { Stage } from './stage.ts';
import type { Step } from './steps.ts';

type Options = { readonly steps: readonly Step[]; readonly pauses: boolean };
type State = { readonly intents: readonly KubeObject[]; readonly generated: readonly KubeObject[] };

/** Throws if Envoy answers a call differently from what the table says. */
export async function play(stage: Stage, cluster: Cluster, { steps, pauses }: Options): Promise<void> {
  printTitle('Before: no EgressIntent restricts the app of namespace red.');
  await showCalls(stage, cluster);
  let before: State = { intents: [], generated: [] };
  for (const [index, step] of steps.entries()) {
    if (pauses) await pause();
    printTitle(`${index + 1}. ${step.title}`);
    const started = performance.now();
    const intent = await carryOut(step, cluster);
    const duration = Math.round(performance.now() - started);
    const after: State = { intents: step.intents, generated: await generatedObjects(cluster) };
    printCommand(step.command, `${outcomeOf(intent, before, after)} after ${duration} ms`);
    showChanges(before, after, intent);
    await showCalls(stage, cluster);
    before = after;
  }
}

/** Runs the step and waits until the controller has nothing left to write. Returns the intent that the step applies. */
async function carryOut({ run, applies }: Step, cluster: Cluster): Promise<KubeObject | undefined> {
  await run(cluster);
  const intent = applies && (await untilCondition(cluster, applies));
  await eventually(async () => {
    const writes = (await compiledFrom(cluster)).plan.phases.flat();
    if (writes.length > 0) throw new Error(`not written yet: ${writes.map(({ id }) => id).join(', ')}`);
  });
  return intent;
}

const generatedObjects = async (cluster: Cluster): Promise<readonly KubeObject[]> =>
  (await Promise.all(Object.values(GENERATED).map((collection) => cluster.list(collection)))).flat();

function outcomeOf(applied: KubeObject | undefined, before: State, { generated }: State): string {
  if (applied !== undefined) {
    const ready = conditionOf(applied, 'Ready')
      .replace(/^True\/.*/, 'True')
      .replace('/', ' ');
    return `EgressIntent red/${applied.metadata.name}: Ready=${ready}`;
  }
  if (generated.length === 0) return 'no Sidecar and no ServiceEntry is left';
  if (changesBetween(before.generated, generated).length === 0) return 'reverted';
  return 'done';
}

function showChanges(before: State, after: State, applied: KubeObject | undefined): void {
  for (const { lines } of changesBetween(before.intents, after.intents)) printChanges(lines);
  const ready = applied && conditionsOf(applied).find(({ type }) => type === 'Ready');
  if (ready?.status === 'False') print(`  status: ${ready.message}`);
  for (const { title, lines } of changesBetween(before.generated, after.generated)) {
    printRemark(`  ${title}`);
    printChanges(lines);
  }
}

async function showCalls({ callPlaces }: Stage, cluster: Cluster): Promise<void> {
  const namespace = await compiledFrom(cluster);
  const rows = callRows(namespace, await cluster.list(intentRef()));
  const envoy = await callPlaces?.();
  if (envoy === undefined) {
    printTable(
      ['CALL', 'ANSWER', 'GRANTED BY'],
      rows.map(({ call, answer, grantedBy }) => [call, answer, grantedBy]),
    );
    return;
  }
  const observed = rows.map((row) => ({ ...row, envoy: envoy.get(row.place) ?? '' }));
  printTable(
    ['CALL', 'ANSWER', 'ENVOY', 'GRANTED BY'],
    observed.map(({ call, answer, envoy: word, grantedBy }) => [call, answer, word, grantedBy]),
  );
  for (const row of observed) expectAgreement(row);
}

/** Where nothing restricts the app, the default of the mesh decides, and either outcome is right. */
function expectAgreement({ call, answer, envoy }: CallRow & { readonly envoy: string }): void {
  if (answer === 'allowed' ? envoy !== '200' : answer === 'blocked' && envoy === '200')
    throw new Error(`${call} is ${answer}, but Envoy answers ${envoy}`);
}
