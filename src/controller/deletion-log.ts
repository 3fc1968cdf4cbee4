// Remembers what was deleted lately, so that objects that others create again each time are told in the status and not fought over.
import { objectOf } from '../plan/steps.ts';
import type { StepResult } from './writes/apply.ts';

/** An object that was deleted so often within the window, and was not created by us in between, is left for the rest of it. */
const LIMIT = 3;
const WINDOW_MS = 60_000;

export type DeletionLog = {
  readonly record: (namespace: string, steps: readonly StepResult[], now: Date) => void;
  /** The ids of the objects of the namespace that must not be deleted for now. */
  readonly resisting: (namespace: string, now: Date) => ReadonlySet<string>;
};

export function createDeletionLog(): DeletionLog {
  const byNamespace = new Map<string, ReadonlyMap<string, readonly number[]>>();
  return {
    record: (namespace, steps, now) => {
      const times = new Map(recent(byNamespace.get(namespace), now));
      for (const { step, result } of steps) {
        if (!result.ok) continue;
        const id = objectOf(step);
        if (step.kind === 'delete') times.set(id, [...(times.get(id) ?? []), now.getTime()]);
        else times.delete(id);
      }
      if (times.size === 0) byNamespace.delete(namespace);
      else byNamespace.set(namespace, times);
    },
    resisting: (namespace, now) =>
      new Set(
        recent(byNamespace.get(namespace), now).flatMap(([id, times]) => (times.length < LIMIT ? [] : [id])),
      ),
  };
}

/** The deletions of the window, in ms since 1970, by the id of the object. */
const recent = (
  times: ReadonlyMap<string, readonly number[]> | undefined,
  now: Date,
): readonly (readonly [string, readonly number[]])[] =>
  [...(times ?? [])].flatMap(([id, all]) => {
    const kept = all.filter((time) => time > now.getTime() - WINDOW_MS);
    return kept.length === 0 ? [] : [[id, kept] as const];
  });
