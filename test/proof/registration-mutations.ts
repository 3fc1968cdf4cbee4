// Mistakes about registrations of others beside what is granted: below a wildcard, within a range, at the same address.
import type { FidelityMutation } from './fidelity-mutations.ts';

export const REGISTRATION_MUTATIONS: readonly FidelityMutation[] = [
  {
    mistake: 'forgets what others register below a wildcard that an entry grants by its ServiceEntry',
    foundBy: 'wildcard granted by serviceEntry, over a host',
    file: 'compile/grants/from-service-entry.ts',
    find: 'together([own, below, taken])',
    replace: 'together([own, { ...below, targets: [] }, taken])',
  },
  {
    mistake: 'forgets what others register below a wildcard that an entry grants with its namespace',
    foundBy: 'wildcard of a granted namespace, over a host',
    file: 'compile/grants/from-namespace.ts',
    find: 'together([own, below, taken])',
    replace: 'together([own, { ...below, targets: [] }, taken])',
  },
  {
    mistake: 'forgets what others register within a range of a granted ServiceEntry',
    foundBy: 'range of a granted ServiceEntry, over hosts',
    file: 'compile/grants/within-range/granted-ranges.ts',
    find: '=> registeredWithin({ cidr, ports, of: entry }, snapshot)),',
    replace: '=> ({ ...registeredWithin({ cidr, ports, of: entry }, snapshot), targets: [] })),',
  },
  {
    mistake: 'takes the youngest host at an address for the one that answers without intents',
    foundBy: 'at one address the host of the platform',
    file: 'compile/interference/shared-addresses/address-claims.ts',
    find: 'byKey(({ creationTimestamp }) => creationTimestamp),',
    replace: "byKey(() => ''),",
  },
];
