// Tells of objects that stay although nothing wants them, because their intents vanished with the CustomResourceDefinition.
import type { Logger } from 'pino';
import { INTENT_DEFINITION } from '../domain/kinds/custom-resource-definition.ts';
import { GENERATED_KINDS, type LiveObject } from '../domain/kinds/manifest.ts';
import { lostIntents, type KeptObject } from '../compile/lost-intents.ts';
import type { Stores } from '../cluster/stores.ts';

/** Logs the kept objects of a namespace once for each change of them. */
export type KeptObjectsLog = (namespace: string, kept: readonly KeptObject[]) => void;

const MESSAGE =
  'objects stay, because intents that they were written for vanished with the CustomResourceDefinition: create these intents again, or delete the objects';

export function createKeptObjectsLog(log: Pick<Logger, 'warn'>): KeptObjectsLog {
  const logged = new Map<string, string>();
  return (namespace, kept) => {
    const text = JSON.stringify(kept);
    if (text === (logged.get(namespace) ?? '[]')) return;
    if (kept.length === 0) {
      logged.delete(namespace);
      return;
    }
    logged.set(namespace, text);
    log.warn({ namespace, kept }, MESSAGE);
  };
}

/** How many objects stay, in all namespaces. */
export function numberOfKeptObjects(stores: Stores): number {
  const definition = stores.CustomResourceDefinition.get('', INTENT_DEFINITION);
  const namespaces = new Set(GENERATED_KINDS.flatMap((kind) => stores[kind].namespaces()));
  return [...namespaces].flatMap((namespace) => {
    const intents = stores.EgressIntent.inNamespace(namespace);
    const lostIntentOf = lostIntents({ definition, intents, invalid: [] });
    return GENERATED_KINDS.flatMap((kind): readonly LiveObject[] =>
      stores[kind].inNamespace(namespace),
    ).filter((live) => lostIntentOf(live) !== undefined);
  }).length;
}
