// Intents by condition, status and reason, as their statuses say it. Others may write a status: what the tables do not know is one series.
import type { Store } from '../../cluster/store.ts';
import type { Intent, InvalidIntent } from '../../domain/egress-intent/intent.ts';
import type { Sample } from './from-rows.ts';
import { CONDITION_SERIES, OTHER } from './rows.ts';

type Intents = Pick<Store<Intent | InvalidIntent>, 'namespaces' | 'inNamespace'>;

/** One for each row of the tables, also where no intent is of it, and further ones for reasons that the tables do not know. */
export function intentSamples(intents: Intents): readonly Sample<'egress_intent_intents'>[] {
  const counts = new Map<string, number>();
  for (const namespace of intents.namespaces())
    for (const { conditions } of intents.inNamespace(namespace))
      for (const condition of conditions) {
        const key = keyOf({ ...condition, condition: condition.type });
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
  const known = CONDITION_SERIES.map((series) => [series, counts.get(keyOf(series)) ?? 0] as const);
  const unknown = sum(counts.values()) - sum(known.map(([, count]) => count));
  return unknown === 0 ? known : [...known, [{ condition: OTHER, status: OTHER, reason: OTHER }, unknown]];
}

/** No row of the tables has a slash, so nothing else has the key of a row. */
const keyOf = ({ condition, status, reason }: Sample<'egress_intent_intents'>[0]): string =>
  `${condition}/${status}/${reason}`;

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);
