// Addresses that istiod allocates under DNS capture and that no client calls: the proxy answers DNS with others.
import { isAllocated, isVisible, type Place } from './callable-places.ts';
import type { Attempt } from './probes.ts';
import { hostsOf, SHOP, type WorldSpec } from './world-spec.ts';

/** True for an address that istiod allocates under DNS capture, but to no host that there is: no client calls it. */
export const isUnallocated = ({ address }: Attempt, allocated: ReadonlySet<string>): boolean =>
  isAllocated(address) && !allocated.has(address);

/**
 * True for an address that istiod allocates to another namespace's registration of a host which the namespace of the pod registers too: the proxy answers
 * DNS with the address of its own, so no client calls it. What a pod that invents it must not reach is judged all the same.
 */
export function isOfUnusedRegistration(
  { name, address }: Attempt,
  places: readonly Place[],
  world: WorldSpec,
): boolean {
  const isOfOther = places.some((each) => each.address === address && each.namespace !== SHOP);
  return (
    isAllocated(address) &&
    isOfOther &&
    world.serviceEntries.some(
      (each) =>
        each.namespace === SHOP && hostsOf(each).includes(name) && isVisible(each.exportTo, SHOP, world),
    )
  );
}
