// What must be left as it is although something else is wanted.
import type { LiveObject } from '../domain/kinds/live-object.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Withheld } from './steps.ts';

/** Why a live object must be left as it is, if it must. */
export type WithholdReason = (live: LiveObject) => Withheld['reason'] | undefined;

/** What is not ours, and what an intent owns that cannot be read: nobody knows what it wants. */
export function withholdReason({ invalid }: Pick<Snapshot, 'invalid'>): WithholdReason {
  const unreadable = new Map(invalid.map(({ uid, name }) => [uid, name]));
  return ({ managed, owners }) => {
    if (!managed) return { kind: 'not-ours' };
    const intent = owners.map((uid) => unreadable.get(uid)).find((name) => name !== undefined);
    return intent === undefined ? undefined : { kind: 'invalid-intent', intent };
  };
}
