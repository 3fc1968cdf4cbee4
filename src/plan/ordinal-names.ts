// Names with an ordinal: an object takes the first name that is free, so that nobody can keep us from writing it by taking its name.
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

/** The same for two versions of an object between which no name can change. */
export const namingParts = ({
  name,
  creationTimestamp,
  managed,
  isTerminating,
}: LiveObject): readonly unknown[] => [name, creationTimestamp, managed, isTerminating];
