// Diagnostics of entries past a bound that the platform team sets.
import { portsText, row } from '../diagnostic-row.ts';

export const BOUND_DIAGNOSTICS = {
  TooManyServiceEntries: row<{
    readonly bound: 'intent' | 'namespace';
    /** How many ServiceEntries it allows. */
    readonly limit: number;
    /** The ports that are refused; absent for the whole entry. */
    readonly ports?: readonly number[];
  }>({
    severity: 'refused',
    message: ({ bound, limit, ports }) =>
      `${ports === undefined ? 'this entry' : portsText(ports)} would exceed the ${limit} ServiceEntries that ${bound === 'intent' ? 'an intent' : 'a namespace'} may cause: remove entries or ports, write one range or wildcard for several, or let the platform team raise --max-service-entries-per-${bound}`,
    documentation: {
      meaning:
        'Each host outside the mesh, and each port of each `cidr`, needs a ServiceEntry. An intent, or all intents of the namespace, would cause more of them than the platform team allows. What stands is kept; of the rest, the entries of older intents come first, and the earlier entries of an intent.',
      remedy:
        'Remove entries that nobody needs. A range takes the place of several addresses, and a wildcard that of several hosts. The flags `--max-service-entries-per-intent` and `--max-service-entries-per-namespace` raise the bounds.',
    },
    examples: [
      { bound: 'intent', limit: 512 },
      { bound: 'namespace', limit: 4_096, ports: [5432, 5433] },
    ],
    exception: {
      kind: 'refused',
      difference: 'An entry, or ports of it, is refused.',
      cause:
        'Each ServiceEntry costs memory in the API server, in istiod and in the proxies, so their number is bounded.',
    },
  }),
};
