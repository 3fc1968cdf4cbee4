// One run of the demo: starts the API server and the controller, and plays the steps. `end` of ending.ts stops both.
import { connect } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { atEnd, untilInterrupted } from './ending.ts';
import { play } from './play.ts';
import { isInteractive, print, printTitle } from './screen.ts';
import { INTRODUCTIONS, startStage, type StageKind } from './stage.ts';
import { STEPS } from './steps.ts';

export type DemoOptions = {
  readonly kind: StageKind;
  /** Leaves out the last step, and keeps everything running until Ctrl-C. */
  readonly keep: boolean;
  /** Waits for Enter between the steps if a person reads. */
  readonly pause: boolean;
};

/** Returns why the demo cannot run on this machine, or undefined when it has been played. */
export async function runDemo({ kind, keep, pause }: DemoOptions): Promise<string | undefined> {
  print(INTRODUCTIONS[kind]);
  const stage = await startStage(kind);
  if (stage.kind === 'unavailable') return stage.why;
  const cluster = connect(stage.kubeconfig);
  atEnd(cluster.close);
  const controller = await runningController(stage.kubeconfig);
  atEnd(controller.stop);
  await play(stage, cluster, { steps: keep ? STEPS.slice(0, -1) : STEPS, pauses: pause && isInteractive() });
  if (!keep) return undefined;
  printTitle('The API server and the controller run until you press Ctrl-C. In another shell:');
  for (const line of stage.howToUse) print(line);
  return untilInterrupted();
}
