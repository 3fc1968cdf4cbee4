// Generates random worlds about a wildcard that the team registers itself: with hosts below it that the team or its intents register, and with others
// on the same ports, so that their listeners meet.
import * as fc from 'fast-check';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { SHOP, type IntentSpec, type ServiceEntrySpec, type WorldSpec } from './world-spec.ts';

const WILDCARD = '*.ext.com';
const BELOW = 'a.ext.com';

const port = fc.constantFrom(
  { number: 5432, protocol: 'TCP' },
  { number: 5432, protocol: 'TCP' },
  { number: 5432, protocol: 'TCP' },
  { number: 5432, protocol: 'TLS' },
  { number: 443, protocol: 'TLS' },
  { number: 443, protocol: 'TCP' },
);
const ports = fc.uniqueArray(port, { minLength: 1, maxLength: 2, selector: ({ number }) => number });

const registration = (
  namespace: string,
  host: string,
  addresses: readonly ServiceEntrySpec['addresses'][],
): fc.Arbitrary<ServiceEntrySpec> =>
  fc
    .record({
      namespace: fc.constant(namespace),
      host: fc.constant(host),
      addresses: fc.constantFrom(...addresses),
      resolution: fc.constant(host.startsWith('*') ? ('NONE' as const) : ('DNS' as const)),
      ports,
      exportTo: fc.constant([]),
      older: fc.boolean(),
    })
    .map((entry) => ({
      ...entry,
      // Of others, a host of plain TCP without an address takes every call on its port: not a case to judge.
      ports: entry.ports.map(({ number, protocol }) => ({
        number,
        protocol: protocol === 'TCP' && entry.addresses === 'none' ? 'TLS' : protocol,
      })),
    }));

const hostEntry = fc
  .record({ host: fc.constantFrom(BELOW, BELOW, 'other.org'), ports })
  .map(({ host, ports: list }) => ({
    host,
    ports: list.map(({ number, protocol }) => ({ port: number, protocol })),
  }));

const serviceEntryOf = ({ host, namespace, ports: list }: ServiceEntrySpec): fc.Arbitrary<object> =>
  fc.option(fc.nat(list.length - 1), { nil: undefined }).map((at) => ({
    serviceEntry: { host, namespace },
    ...(at === undefined ? {} : { ports: list.slice(at, at + 1).map(({ number }) => ({ port: number })) }),
  }));

/** Every pod may call the wildcard; since an intent is for every pod, hosts of plain TCP can be granted. */
const intents = (
  wildcard: ServiceEntrySpec,
  others: readonly ServiceEntrySpec[],
): fc.Arbitrary<readonly IntentSpec[]> => {
  const entry = fc.oneof({ weight: 3, arbitrary: hostEntry }, ...others.map(serviceEntryOf));
  const intent = fc.record({
    selector: fc.constantFrom({}, { a: '1' }),
    mode: fc.constant('Enforce' as const),
    allow: fc.array(entry, { minLength: 1, maxLength: 2 }),
  });
  const ofWildcard = serviceEntryOf(wildcard).map((allowed) => ({
    selector: {},
    mode: 'Enforce' as const,
    allow: [allowed],
  }));
  return fc
    .tuple(ofWildcard, fc.array(intent, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([first, rest, isOldest]) => (isOldest ? [first, ...rest] : [...rest, first]));
};

export const wildcardWorld = (versions: readonly string[]): fc.Arbitrary<WorldSpec> =>
  fc
    .record({
      world: arbitraryWorld({ versions }),
      wildcard: registration(SHOP, WILDCARD, ['one', 'several', 'none']),
      below: fc.option(registration(SHOP, BELOW, ['none', 'one'])),
      other: fc.option(registration('entries', 'partner.com', ['none', 'one'])),
    })
    .chain(({ world, wildcard, below, other }) => {
      const serviceEntries = [wildcard, below, other]
        .filter((each) => each !== null)
        .toSorted((a, b) => Number(b.older) - Number(a.older));
      const others = [below, other].filter((each) => each !== null);
      return intents(wildcard, others).map((list) => ({
        ...world,
        services: [],
        sidecars: [],
        serviceEntries,
        intents: list,
        pods: [{}, { a: '1' }],
      }));
    });
