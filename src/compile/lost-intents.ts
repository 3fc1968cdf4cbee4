// Tells an intent that was deleted from one that vanished with the CustomResourceDefinition of EgressIntent, which nobody meant for each of
// them: each generated object names the definition under which the intents existed that it was written for.
import type { Snapshot } from '../cluster/snapshot.ts';
import { API_GROUP } from '../domain/api-group.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { once } from '../domain/once.ts';
import { objectId, type LiveObject } from '../domain/kinds/manifest.ts';

/** The annotation with the uid of that definition. Absent where it is not known, as in files. */
export const DEFINITION = `${API_GROUP}/definition`;

/** The value for intents of an earlier definition, of which the cluster does not tell the uid any more. */
const EARLIER = 'earlier';

type Definition = Snapshot['definition'];

type Named = { readonly name: string };

/** The definition, and the intents of a namespace. */
export type KnownIntents = {
  readonly definition: Definition;
  readonly intents: readonly Named[];
  readonly invalid: readonly Named[];
};

/**
 * The value of the annotation for an object with these intents; empty for none. Intents that are older than the definition existed under an
 * earlier one and are gone, even if their deletion is not known here yet: they keep the value that the live object has.
 */
export function definitionOf(
  intents: readonly Intent[],
  definition: Definition,
  live: LiveObject | undefined,
): string {
  const before = live?.annotations[DEFINITION] ?? '';
  if (definition === undefined) return before;
  const { uid, creationTimestamp } = definition;
  if (intents.every((intent) => intent.creationTimestamp >= creationTimestamp)) return uid;
  return before === '' || before === uid ? EARLIER : before;
}

/**
 * For an object, the name of an intent that vanished with an earlier definition, and that the object was written for; `undefined` if there is none.
 * Until an intent with this name exists again, nobody has said that the object may go. By name: an intent that is created again has another uid.
 */
export function lostIntents({
  definition,
  intents,
  invalid,
}: KnownIntents): (live: LiveObject) => string | undefined {
  const present = once(() => new Set([...intents, ...invalid].map(({ name }) => name)));
  return ({ managed, annotations, intents: contributing }) => {
    const written = annotations[DEFINITION] ?? '';
    if (!managed || definition === undefined || written === '' || written === definition.uid)
      return undefined;
    return contributing.find(({ name }) => !present().has(name))?.name;
  };
}

/** An object that stays, by its id, and the intent that was lost. */
export type KeptObject = { readonly id: string; readonly intent: string };

/** The objects of a namespace that stay because of an intent that vanished with an earlier definition: ServiceEntries, then Sidecars. */
export function keptObjects(snapshot: Snapshot): readonly KeptObject[] {
  const lostIntentOf = lostIntents(snapshot);
  return [...snapshot.serviceEntries, ...snapshot.sidecars].flatMap((live) => {
    const intent = lostIntentOf(live);
    return intent === undefined ? [] : [{ id: objectId(live.kind, live.name), intent }];
  });
}
