// Why an intent is not in effect, and how pods are named in that text.
import type { Cause } from '../domain/egress-intent/status.ts';
import { sortedSet } from '../domain/order.ts';
import type { GovernedPods } from './governing-sidecar.ts';

/** One cause. */
export type Shortfall = Cause<'Effective'>;

const MAX_NAMES = 3;

const namesOf = (groups: readonly GovernedPods[]): readonly string[] =>
  sortedSet(groups.flatMap(({ pods }) => pods.map(({ name }) => name)));

/** Names the first pods. It gives no total, because the status would then change with every pod. */
export function podsText(groups: readonly GovernedPods[]): string {
  const names = namesOf(groups);
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return `pod${names.length === 1 ? '' : 's'} ${shown}${names.length > MAX_NAMES ? ' and more' : ''}`;
}

/** `one` where the groups hold one pod, else `several`. */
export const byNumberOf = (groups: readonly GovernedPods[], one: string, several: string): string =>
  namesOf(groups).length === 1 ? one : several;
