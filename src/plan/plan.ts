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
 * | write                             | order                              | reason                                            |
 * |-----------------------------------|------------------------------------|---------------------------------------------------|
 * | ServiceEntry, or a port it gains  | before the Sidecars                | a listed host that is unknown would be blocked    |
 * | gained port that a live Sidecar   | after the write of that Sidecar    | its pods would briefly get what only other pods   |
 * | allows but will not in the end    |                                    | are granted                                       |
 * | lost port that a planned Sidecar  | before the Sidecars                | its pods would briefly get what only other pods   |
 * | allows                            |                                    | were granted                                      |
 * | new Sidecar                       | before the less specific ones      | it must be older than those to win                |
 * | deletion of a Sidecar             | after each Sidecar that may govern | a pod moves on to a Sidecar that stays, never to  |
 * |                                   | its pods next; lowest precedence   | another that is about to be deleted               |
 * |                                   | first                              |                                                   |
 * | other lost port, deletion of a    | last                               | no Sidecar lists it any more                      |
 * | ServiceEntry                      |                                    |                                                   |
 *
 * Deletions of Sidecars, and the writes at the end, run only if every write before them succeeded.
 */
export function planWrites(compilation: Compilation, snapshot: Snapshot): Plan {
  const draft = draftPlan(compilation, snapshot);
  const { steps, sidecars, withheld } = withhold(draft, snapshot);
  return { phases: orderSteps(steps), sidecars, withheld };
}
