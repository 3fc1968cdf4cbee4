// Remembers which objects of ours others rewrite again and again, so that they are named. The corrections go on.
import type { LiveObject } from '../../domain/kinds/manifest.ts';
import { objectId } from '../../domain/kinds/manifest.ts';
import { objectOf } from '../../plan/steps.ts';
import type { StepResult } from './apply.ts';

/** An object that was corrected so often within the window, each time to the same, is fought over until a window without corrections has passed. */
const LIMIT = 5;
export const FIGHT_WINDOW_MS = 60_000;

/** Field managers by the id of the object. */
export type ForeignWriters = ReadonlyMap<string, readonly string[]>;

type Corrections = {
  readonly written: string;
  /** The last ones, in ms since 1970. */
  readonly times: readonly number[];
  readonly managers: readonly string[];
};

export type WriteFights = {
  /** Takes note of the corrections of a run, and returns them. `live` are the objects that it found. */
  readonly record: (
    namespace: string,
    steps: readonly StepResult[],
    live: readonly LiveObject[],
    now: Date,
  ) => ForeignWriters;
  /** Who rewrites which objects of the namespace again and again. */
  readonly ongoing: (namespace: string, now: Date) => ForeignWriters;
  /** The number of objects that others rewrite again and again, in all namespaces. */
  readonly number: (now: Date) => number;
};

export function createWriteFights(): WriteFights {
  const byNamespace = new Map<string, Map<string, Corrections>>();
  return {
    record: (namespace, steps, live, now) => {
      const corrected = correctionsIn(steps, live);
      const known = recent(byNamespace.get(namespace), now);
      for (const [id, { written, managers }] of corrected) {
        const before = known.get(id);
        const times = before?.written === written ? before.times : [];
        known.set(id, { written, managers, times: [...times, now.getTime()].slice(-LIMIT) });
      }
      if (known.size === 0) byNamespace.delete(namespace);
      else byNamespace.set(namespace, known);
      return new Map([...corrected].map(([id, { managers }]) => [id, managers]));
    },
    ongoing: (namespace, now) => foughtOver(byNamespace.get(namespace), now),
    number: (now) => [...byNamespace.values()].reduce((sum, known) => sum + foughtOver(known, now).size, 0),
  };
}

const foughtOver = (known: ReadonlyMap<string, Corrections> | undefined, now: Date): ForeignWriters =>
  new Map(
    [...recent(known, now)].flatMap(([id, { times, managers }]) =>
      times.length < LIMIT ? [] : [[id, managers] as const],
    ),
  );

/** Updates of objects that somebody else wrote to, whether the update succeeded or came too late. */
function correctionsIn(
  steps: readonly StepResult[],
  live: readonly LiveObject[],
): ReadonlyMap<string, Pick<Corrections, 'written' | 'managers'>> {
  const managersOf = new Map(live.map((each) => [objectId(each.kind, each.name), each.foreignManagers]));
  return new Map(
    steps.flatMap(({ step }) => {
      if (step.kind === 'delete' || step.verb === 'create') return [];
      const managers = managersOf.get(objectOf(step)) ?? [];
      const { spec, metadata } = step.manifest;
      const written = JSON.stringify([spec, metadata.labels, metadata.annotations]);
      return managers.length === 0 ? [] : [[objectOf(step), { written, managers }] as const];
    }),
  );
}

const recent = (known: ReadonlyMap<string, Corrections> | undefined, now: Date): Map<string, Corrections> =>
  new Map([...(known ?? [])].filter(([, { times }]) => isRecent(times, now)));

const isRecent = (times: readonly number[], now: Date): boolean =>
  (times.at(-1) ?? 0) > now.getTime() - FIGHT_WINDOW_MS;
