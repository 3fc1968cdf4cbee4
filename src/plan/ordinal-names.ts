// Names with an ordinal: an object takes the first name that is free, so that nobody can keep us from writing it by taking its name.
import { deriveEach } from '../cluster/memo/derive-each.ts';
import type { Remembering } from '../cluster/memo/memo.ts';
import type { LiveObject } from '../domain/kinds/manifest.ts';

const ORDINAL = /-[0-9]+$/;

/** The live objects that may be updated, by the first name of their object, which is the one without an ordinal. */
export function byFirstName<T extends LiveObject>(live: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const byName = new Map<string, T[]>();
  for (const object of live.filter(({ managed, isTerminating }) => managed && !isTerminating)) {
    for (const name of new Set([object.name, object.name.replace(ORDINAL, '')])) {
      byName.set(name, [...(byName.get(name) ?? []), object]);
    }
  }
  return byName;
}

/** The first name that no live object has, managed or foreign: an old object is deleted only after the new one exists. */
export function freeName(nameOf: (ordinal: number) => string, taken: ReadonlySet<string>): string {
  let ordinal = 1;
  while (taken.has(nameOf(ordinal))) ordinal += 1;
  return nameOf(ordinal);
}

/** A text for each live object, the same for two versions between which no name can change. */
export const namingTexts = (
  live: readonly LiveObject[],
  title: string,
  remembering: Remembering,
): readonly string[] =>
  deriveEach(remembering, title, live, {
    key: ({ name }) => name,
    compute: ({ name, creationTimestamp, managed, isTerminating }) =>
      JSON.stringify([name, creationTimestamp, managed, isTerminating]),
  });
