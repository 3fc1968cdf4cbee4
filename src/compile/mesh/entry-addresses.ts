// How the addresses of a ServiceEntry lie to a range of addresses.
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { overlap, parseCidr, prefixLengthOf, type Cidr } from '../../domain/network.ts';

/** True if the range has an address of the ServiceEntry. */
export const overlapsRange = ({ addresses }: LiveServiceEntry, cidr: Cidr): boolean =>
  addresses.some((address) => {
    const range = parseCidr(address);
    return range.ok && overlap(cidr, range.value);
  });

/** True if the ServiceEntry has addresses, all of them of the range. */
export const isWithinRange = ({ addresses }: LiveServiceEntry, cidr: Cidr): boolean =>
  addresses.length > 0 &&
  addresses.every((address) => {
    const range = parseCidr(address);
    return range.ok && overlap(cidr, range.value) && prefixLengthOf(range.value) >= prefixLengthOf(cidr);
  });
