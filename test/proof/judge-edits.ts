// Judges a sequence of edits: after each edit, and after each single write that follows it, asks the oracle how each call of each pod travels.
import type { Step } from '../../src/plan/steps.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import { modelMesh } from '../support/model-mesh.ts';
import { edited, type EditSequence } from './edit-sequence.ts';
import { interruptionsBetween, type Interruption, type State } from './interruptions.ts';
import { compileUntilStable, objectsPresent } from './judge-world.ts';
import { START_TIME } from './objects.ts';
import { SHOP } from './world-spec.ts';

export type JudgedEdits = {
  readonly interruptions: readonly Interruption[];
  /** The number of writes that were judged. */
  readonly writes: number;
};

/**
 * Ends at the first edit with interruptions. The writes of a phase come in reverse after the first edit and after every second one from there. Rejects if a
 * plan does not become empty, or the oracle fails.
 */
export async function judgeEdits({ start, edits }: EditSequence, oracle: OracleClient): Promise<JudgedEdits> {
  const mesh = modelMesh(SHOP, START_TIME);
  compileUntilStable(start, mesh);
  let world = start;
  let writes = 0;
  for (const [index, { after, edit }] of edits.entries()) {
    mesh.pass(after);
    const next = edited(world, edit);
    const states: State[] = [{ step: 'the edit', objects: objectsPresent(next, mesh) }];
    compileUntilStable(next, mesh, {
      isReversed: index % 2 === 0,
      onWrite: (step) => states.push({ step: describeStep(step), objects: objectsPresent(next, mesh) }),
    });
    writes += states.length - 1;
    const interruptions = await interruptionsBetween(
      { ...next, intents: world.intents },
      next,
      states,
      oracle,
    );
    if (interruptions.length > 0) return { interruptions, writes };
    world = next;
  }
  return { interruptions: [], writes };
}

const describeStep = (step: Step): string => `${step.kind === 'apply' ? step.verb : step.kind} ${step.id}`;
