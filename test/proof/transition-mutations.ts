// Mistakes that a planner could make about which write waits for which. Random edits must find each of them.
import type { Mutation } from './mutations.ts';

export const TRANSITION_MUTATIONS: readonly Mutation[] = [
  {
    mistake: 'deletes a Sidecar before another governs its pods',
    file: 'plan/step-order.ts',
    find: 'waitsFor: fallbackSidecars.overlapping(selector).map(({ id }) => id),',
    replace: 'waitsFor: fallbackSidecars.overlapping(selector).slice(99).map(({ id }) => id),',
  },
  {
    mistake: 'lists a host before it is registered',
    seed: 5,
    file: 'plan/step-order.ts',
    find: 'waitsFor: [...after, ...(moreSpecific.get(apply.id) ?? [])],',
    replace: 'waitsFor: [...after.slice(99), ...(moreSpecific.get(apply.id) ?? [])],',
  },
  {
    mistake: 'writes a Sidecar before a ServiceEntry has lost the port that it would allow',
    seed: 8,
    file: 'plan/step-order.ts',
    find: '...requires.flatMap((object) => earlyOfObject.get(object) ?? []),',
    replace: '...requires.flatMap((object) => earlyOfObject.get(`${object}?`) ?? []),',
  },
  {
    mistake:
      'creates a ServiceEntry while a Sidecar names its host in a listener that was made for another one',
    seed: 3,
    file: 'plan/service-entry-stages.ts',
    find: '...(isNew ? movesFrom(host, port) : [])',
    replace: '...(isNew ? movesFrom(host, port).slice(99) : [])',
  },
  {
    mistake: 'writes a Sidecar for the ServiceEntry of somebody else while ours is still there',
    seed: 6,
    file: 'plan/service-entry-stages.ts',
    find: '...(mayAnswer ? access.movesTo(host, number) : [])',
    replace: '...(mayAnswer ? access.movesTo(host, number).slice(99) : [])',
  },
];
