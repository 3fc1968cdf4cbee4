// What of a run is worth an Event: an intent that became Ready or ceased to be, and others that begin to rewrite its objects.
import { API, KIND } from '../../domain/api-group.ts';
import type { Condition } from '../../domain/egress-intent/status.ts';
import { escaped } from '../../domain/text.ts';
import type { Regarding } from '../../kubernetes/event-client.ts';
import type { ReconcileReport } from '../reconcile.ts';
import type { LiveObject } from '../../domain/kinds/manifest.ts';

export type Occurrence = {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
};

type IntentReference = Pick<Regarding, 'namespace' | 'name' | 'uid'>;

/** One for each status that was written and whose Ready has another status or reason than before. */
export const transitions = ({ statuses }: Pick<ReconcileReport, 'statuses'>): readonly Occurrence[] =>
  statuses.flatMap(({ intent, status, result }) => {
    // Without a value, the intent no longer exists.
    if (!result.ok || result.value === undefined) return [];
    const [before, after] = [readyOf(intent.conditions), readyOf(status.conditions)];
    if (after === undefined || (before?.status === after.status && before.reason === after.reason)) return [];
    const type = after.status === 'True' ? 'Normal' : 'Warning';
    return [{ regarding: regardingOf(intent), type, reason: after.reason, note: after.message }];
  });

const readyOf = (conditions: readonly Condition[] = []): Condition | undefined =>
  conditions.find(({ type }) => type === 'Ready');

const regardingOf = ({ namespace, name, uid }: IntentReference): Regarding => ({
  apiVersion: API,
  kind: KIND,
  namespace,
  name,
  uid,
});

/** Intents of one object that are told, and field managers that are named. */
const MAX_INTENTS = 10;
const MAX_MANAGERS = 5;

export type FightNews = (
  namespace: string,
  fights: ReconcileReport['fights'],
  objectOf: (id: string) => Pick<LiveObject, 'intents'> | undefined,
) => readonly Occurrence[];

/** Tells of each object that others begin to rewrite, once for each fight, to the intents that it was written for. */
export function createFightNews(): FightNews {
  const told = new Map<string, ReadonlySet<string>>();
  return (namespace, fights, objectOf) => {
    const before = told.get(namespace);
    if (fights.size === 0) told.delete(namespace);
    else told.set(namespace, new Set(fights.keys()));
    return [...fights].flatMap(([id, managers]) => {
      if (before?.has(id) === true) return [];
      const intents = objectOf(id)?.intents.slice(0, MAX_INTENTS) ?? [];
      const names = managers.slice(0, MAX_MANAGERS).join(', ');
      const note = `${id} is rewritten again and again, and corrected each time: stop these field managers: ${names}`;
      return intents.map(({ name, uid }): Occurrence => ({
        regarding: regardingOf({ namespace, name, uid }),
        type: 'Warning',
        reason: 'RewrittenByOthers',
        note: escaped(note),
      }));
    });
  };
}
