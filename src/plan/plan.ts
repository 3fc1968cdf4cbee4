// The difference between the desired and the live objects of a namespace, as an ordered list of writes.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Compilation } from '../compile/compilation.ts';
import { draftPlan } from './draft.ts';
import { orderSteps } from './step-order.ts';
import type { Plan } from './steps.ts';
import { withhold } from './withheld.ts';

/**
 * Plans the writes in an order in which no restricted pod is ever unrestricted in between, and no grant that stays is ever
 * interrupted:
 *
 * | write                                   | order                                     | reason                                                  |
 * |-----------------------------------------|-------------------------------------------|---------------------------------------------------------|
 * | ServiceEntry, or the ports that it gains| before the Sidecars                       | a host that is listed but unknown would be blocked      |
 * | gained port that a live Sidecar, which  | after the write of that Sidecar           | its pods would briefly get what only other pods are     |
 * | is about to change, would allow         |                                           | granted                                                 |
 * | lost port that a planned Sidecar would  | before the Sidecars                       | its pods would briefly get what only other pods were    |
 * | allow                                   |                                           | granted                                                 |
 * | new Sidecar                             | before the less specific ones             | of two new Sidecars the older one wins                  |
 * | deletion of a Sidecar                   | after every Sidecar that its pods may be  | a pod moves on to a Sidecar that stays, never to        |
 * |                                         | governed by next, lowest precedence first | another one that is about to be deleted                 |
 * | other lost port, deletion of a          | last                                      | no Sidecar lists it any more                            |
 * | ServiceEntry                            |                                           |                                                         |
 *
 * Deletions of Sidecars, and the writes at the end, run only if every write before them succeeded.
 */
export function planWrites(compilation: Compilation, snapshot: Snapshot): Plan {
  const draft = draftPlan(compilation, snapshot);
  const { steps, sidecars, withheld } = withhold(draft, snapshot);
  return { phases: orderSteps(steps), sidecars, withheld };
}
