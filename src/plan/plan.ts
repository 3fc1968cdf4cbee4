// The difference between the desired and the live objects of a namespace, as an ordered list of writes.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Compilation } from '../compile/compilation.ts';
import { brake, RELEASED, type Brakes } from './brakes/brakes.ts';
import { draftPlan, type Resisting } from './draft.ts';
import { orderSteps } from './order/step-order.ts';
import type { Plan } from './steps.ts';
import { withhold } from './withheld.ts';

/**
 * Plans the writes in an order in which no restricted pod is ever unrestricted in between, and no grant that stays is interrupted (but see
 * docs/limits.md for a ServiceEntry of others that takes over a host with further ports):
 *
 * | write                             | order                              | reason                                            |
 * |-----------------------------------|------------------------------------|---------------------------------------------------|
 * | ServiceEntry, or a port it gains  | before the Sidecars                | a listed host that is unknown would be blocked    |
 * | new port of a ServiceEntry that a | after the write of that Sidecar    | the pods of the Sidecar would briefly get a port  |
 * | live Sidecar lists now, but not   |                                    | that only other pods are granted                  |
 * | its planned version               |                                    |                                                   |
 * | new port of a ServiceEntry that a | after the write of that Sidecar,   | the listener was made for another registration of |
 * | live Sidecar has a listener for,  | if it is written                   | the host, and would lead calls of other hosts to  |
 * | if that listener changes          |                                    | this one                                          |
 * | the same port of a wildcard above | after that                         | calls to the host would go to the wildcard        |
 * | port that a ServiceEntry loses    | before the Sidecars                | the pods of the Sidecar would briefly get a port  |
 * | and a planned Sidecar would allow |                                    | that only other pods were granted; without that   |
 * |                                   |                                    | write, the Sidecar is not written either          |
 * | deletion of a ServiceEntry whose  | before the Sidecars with a new     | that listener is made for the foreign one, and    |
 * | host a foreign one registers too  | listener for its port              | would lead calls of other hosts to this one       |
 * | new Sidecar                       | before the less specific ones      | it must be older than those to win                |
 * | deletion of a Sidecar             | after each Sidecar that may govern | a pod moves on to a Sidecar that stays, never to  |
 * |                                   | its pods next; lowest precedence   | another that is about to be deleted; without the  |
 * |                                   | first                              | write of a new one, or one that keeps its grants, |
 * |                                   |                                    | it is not deleted                                 |
 * | other lost port, deletion of a    | last                               | no Sidecar lists it any more                      |
 * | ServiceEntry                      |                                    |                                                   |
 *
 * An object that is being deleted already, or one of `resisting`, which others create again each time, is not deleted again.
 *
 * Deletions of Sidecars, and the writes at the end, run only if every write before them succeeded.
 */
export function planWrites(
  compilation: Compilation,
  snapshot: Snapshot,
  resisting: Resisting = new Set(),
  brakes: Brakes = RELEASED,
): Plan {
  const draft = withhold(draftPlan(compilation, snapshot, resisting), snapshot);
  const braked = brake(draft, snapshot, brakes);
  const { steps, undeletedEntries: _entries, ...rest } = braked.draft;
  return { phases: orderSteps(steps), ...rest, removals: braked.removals, held: braked.held };
}
