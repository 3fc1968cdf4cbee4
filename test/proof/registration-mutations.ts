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
  {
    mistake: 'overlooks that a hidden registration takes the place of another at the end of a route',
    foundBy: 'an older ServiceEntry of the same namespace hides',
    file: 'compile/mesh/answering-entry.ts',
    find: 'const entries = entriesFor(host, snapshot).filter(({ labels }) => isReadByAll(labels, snapshot.mesh));',
    replace: 'const entries = entriesInOrderOfAnswer(host, snapshot);',
  },
  {
    mistake: 'takes routes of a wildcard in upper case for those of a registered host',
    foundBy: 'a wildcard in upper case above a host that we register',
    file: 'compile/mesh/visible-routes.ts',
    find: 'spellings.filter((spelling) => spelling.toLowerCase() === name).length;',
    replace: 'spellings.filter((spelling) => spelling === name).length;',
  },
  {
    mistake: 'overlooks that a wildcard which only a VirtualService knows has no listener',
    foundBy: 'L1w',
    file: 'compile/routes/list-only-routed.ts',
    find: 'return registry(host).length === 0 && isOnlyRouted(namespace, name, snapshot);',
    replace:
      "return !name.startsWith('*') && registry(host).length === 0 && isOnlyRouted(namespace, name, snapshot);",
  },
];
