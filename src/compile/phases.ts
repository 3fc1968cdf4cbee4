// Puts writes in order.
import type { Step } from '../domain/model.ts';

/** A write, and the ids of those that come before it. Ids that nothing here has are as good as done. */
export type Ordered = {
  readonly step: Step;
  /** Always. */
  readonly after: readonly string[];
  /** Unless that write waits, over whatever others, for this one. */
  readonly ratherAfter?: readonly string[];
};

/**
 * The steps in phases, each step as early as it can be. `after` must not lead in a circle.
 */
export function phasesOf(steps: readonly Ordered[]): readonly (readonly Step[])[] {
  const phases: (readonly Step[])[] = [];
  let waiting = steps;
  while (waiting.length > 0) {
    const ready = readyIn(waiting);
    phases.push(ready.map(({ step }) => step));
    const done = new Set(ready);
    waiting = waiting.filter((one) => !done.has(one));
  }
  return phases;
}

function readyIn(waiting: readonly Ordered[]): readonly Ordered[] {
  const pending = new Set(waiting.map(({ step }) => step.id));
  const free = waiting.filter(({ after }) => !after.some((id) => pending.has(id)));
  const glad = free.filter(({ ratherAfter = [] }) => !ratherAfter.some((id) => pending.has(id)));
  if (glad.length > 0) return glad;
  if (free.length > 0) return free;
  throw new Error(`writes wait for each other: ${[...pending].join(', ')}`);
}
