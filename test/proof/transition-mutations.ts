// Mistakes that a planner could make about which write waits for which. Random edits must find each of them.
import type { Mutation } from './mutations.ts';

export const TRANSITION_MUTATIONS: readonly Mutation[] = [
  {
    mistake: 'deletes a Sidecar before another governs its pods',
    file: 'plan/order/step-order.ts',
    find: 'waitsFor: fallbackSidecars.overlapping(selector).map(({ id }) => id),',
    replace: 'waitsFor: fallbackSidecars.overlapping(selector).slice(99).map(({ id }) => id),',
  },
  {
    mistake: 'lists a host before it is registered',
    seed: 5,
    file: 'plan/order/step-order.ts',
    find: 'waitsFor: [...after, ...waitsFor, ...(moreSpecific.get(apply.id) ?? [])],',
    replace: 'waitsFor: [...after.slice(99), ...waitsFor, ...(moreSpecific.get(apply.id) ?? [])],',
  },
  {
    mistake: 'writes a Sidecar before a ServiceEntry has lost the port that it would allow',
    seed: 2,
    file: 'plan/order/step-order.ts',
    find: '...requires.flatMap((object) => earlyOfObject.get(object) ?? []),',
    replace: '...requires.flatMap((object) => earlyOfObject.get(`${object}?`) ?? []),',
  },
  {
    mistake:
      'creates a ServiceEntry while a Sidecar names its host in a listener that was made for another one',
    seed: 3,
    file: 'plan/order/service-entry-stages.ts',
    find: 'outdatedListeners(hostOf(write), port).map(',
    replace: 'outdatedListeners(hostOf(write), port).slice(99).map(',
  },
  {
    mistake: 'writes a Sidecar for the ServiceEntry of somebody else while ours is still there',
    seed: 5,
    file: 'plan/order/service-entry-stages.ts',
    find: 'const heardBy = lost.flatMap(',
    replace: 'const heardBy = lost.slice(99).flatMap(',
  },
];
