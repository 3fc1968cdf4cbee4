// Generates random worlds about a registered wildcard: with hosts below it that its owner, the platform or intents register, and with others on the same
// ports, so that their listeners meet.
import * as fc from 'fast-check';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { ROOT_NAMESPACE } from './followed.ts';
import { SHOP, type IntentSpec, type ServiceEntrySpec, type WorldSpec } from './world-spec.ts';

const WILDCARD = '*.ext.com';
const BELOW = 'a.ext.com';

type Port = { readonly number: number; readonly protocol: string };

const PORTS: readonly Port[] = [
  { number: 5432, protocol: 'TCP' },
  { number: 5432, protocol: 'TCP' },
  { number: 5432, protocol: 'TCP' },
  { number: 5432, protocol: 'TLS' },
  { number: 443, protocol: 'TLS' },
  { number: 443, protocol: 'TCP' },
];
/** An empty protocol is one that Envoy detects. */
const HTTP_PORTS: readonly Port[] = [
  { number: 80, protocol: 'HTTP' },
  { number: 80, protocol: 'HTTP' },
  { number: 80, protocol: 'TCP' },
  { number: 80, protocol: '' },
];
const someOf = (ports: readonly Port[], maxLength: number): fc.Arbitrary<readonly Port[]> =>
  fc.uniqueArray(fc.constantFrom(...ports), { minLength: 1, maxLength, selector: ({ number }) => number });

/** What differs between the kinds of worlds. */
type Shape = {
  readonly owner: string;
  /** The namespace of the host below the wildcard. */
  readonly below: fc.Arbitrary<string>;
  readonly ports: fc.Arbitrary<readonly Port[]>;
  /** One entry in so many, and one more, grants every port. */
  readonly limited: number;
  readonly grantsOf: (wildcard: ServiceEntrySpec, shape: Shape) => fc.Arbitrary<object>;
};

const registration = (
  namespace: fc.Arbitrary<string>,
  host: string,
  addresses: readonly ServiceEntrySpec['addresses'][],
  { ports }: Shape,
): fc.Arbitrary<ServiceEntrySpec> =>
  fc
    .record({
      namespace,
      host: fc.constant(host),
      addresses: fc.constantFrom(...addresses),
      resolution: fc.constant(host.startsWith('*') ? ('NONE' as const) : ('DNS' as const)),
      ports,
      exportTo: fc.constant([]),
      older: fc.boolean(),
    })
    .map((entry) => ({
      ...entry,
      // Of others, a host of plain TCP without an address takes every call on its port, and of several addresses Istio may detect HTTP at one: not cases
      // to judge.
      ports: entry.ports.map((port) => {
        if (entry.addresses === 'none') return namedPort(port);
        return entry.addresses === 'several' && port.protocol === '' ? namedPort(port) : port;
      }),
    }));

/** The port with a protocol that has names. */
const namedPort = ({ number, protocol }: Port): Port => ({
  number,
  protocol: ['TLS', 'HTTP'].includes(protocol) ? protocol : number === 80 ? 'HTTP' : 'TLS',
});

const hostEntry = (ports: Shape['ports']): fc.Arbitrary<object> =>
  fc.record({ host: fc.constantFrom(BELOW, BELOW, 'other.org'), ports }).map(({ host, ports: list }) => ({
    host,
    ports: list.map(({ number, protocol }) => ({ port: number, protocol: protocol || 'HTTP' })),
  }));

/** One port of a registration, or every port. */
const limitTo = ({ ports: list }: ServiceEntrySpec, { limited }: Shape): fc.Arbitrary<object> =>
  fc
    .option(fc.nat(list.length - 1), { nil: undefined, freq: limited })
    .map((at) =>
      at === undefined ? {} : { ports: list.slice(at, at + 1).map(({ number }) => ({ port: number })) },
    );

const serviceEntryOf = (entry: ServiceEntrySpec, shape: Shape): fc.Arbitrary<object> =>
  limitTo(entry, shape).map((limit) => ({
    serviceEntry: { host: entry.host, namespace: entry.namespace },
    ...limit,
  }));

/** By `serviceEntry`, or else with the namespace or by `host`. */
const anyGrantOf = (wildcard: ServiceEntrySpec, shape: Shape): fc.Arbitrary<object> =>
  fc.oneof(
    { weight: 4, arbitrary: serviceEntryOf(wildcard, shape) },
    limitTo(wildcard, shape).map((limit) => ({ namespace: { name: wildcard.namespace }, ...limit })),
    fc.constant({
      host: WILDCARD,
      ports: wildcard.ports.map(namedPort).map(({ number, protocol }) => ({ port: number, protocol })),
    }),
  );

/** Every pod may call the wildcard; since an intent is for every pod, hosts of plain TCP can be granted. */
const intents = (
  wildcard: ServiceEntrySpec,
  others: readonly ServiceEntrySpec[],
  shape: Shape,
): fc.Arbitrary<readonly IntentSpec[]> => {
  const entry = fc.oneof(
    { weight: 3, arbitrary: hostEntry(shape.ports) },
    ...others.map((other) => serviceEntryOf(other, shape)),
  );
  const intent = fc.record({
    selector: fc.constantFrom({}, { a: '1' }),
    mode: fc.constant('Enforce' as const),
    allow: fc.array(entry, { minLength: 1, maxLength: 2 }),
  });
  const ofWildcard = shape.grantsOf(wildcard, shape).map((allowed) => ({
    selector: {},
    mode: 'Enforce' as const,
    allow: [allowed],
  }));
  return fc
    .tuple(ofWildcard, fc.array(intent, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([first, rest, isOldest]) => (isOldest ? [first, ...rest] : [...rest, first]));
};

const worldOf = (versions: readonly string[], shape: Shape): fc.Arbitrary<WorldSpec> =>
  fc
    .record({
      world: arbitraryWorld({ versions }),
      wildcard: registration(fc.constant(shape.owner), WILDCARD, ['one', 'several', 'none'], shape),
      below: fc.option(registration(shape.below, BELOW, ['none', 'one'], shape)),
      other: fc.option(registration(fc.constant('entries'), 'partner.com', ['none', 'one'], shape)),
    })
    .chain(({ world, wildcard, below, other }) => {
      const serviceEntries = [wildcard, below, other]
        .filter((each) => each !== null)
        .toSorted((a, b) => Number(b.older) - Number(a.older));
      const others = [below, other].filter((each) => each !== null);
      return intents(wildcard, others, shape).map((list) => ({
        ...world,
        services: [],
        sidecars: [],
        serviceEntries,
        intents: list,
        pods: [{}, { a: '1' }],
      }));
    });

/** The team registers the wildcard itself, and the hosts below it. */
export const wildcardWorld = (versions: readonly string[]): fc.Arbitrary<WorldSpec> =>
  worldOf(versions, {
    owner: SHOP,
    below: fc.constant(SHOP),
    ports: someOf(PORTS, 2),
    limited: 5,
    grantsOf: serviceEntryOf,
  });

/** Anybody registers it and the hosts below it, which have further ports and other protocols; it is mostly granted with every port. */
export const mixedWildcardWorld = (versions: readonly string[]): fc.Arbitrary<WorldSpec> =>
  fc.constantFrom(SHOP, SHOP, 'entries').chain((owner) =>
    worldOf(versions, {
      owner,
      below: fc.constantFrom(owner, owner, ROOT_NAMESPACE),
      ports: someOf([...PORTS, ...HTTP_PORTS], 3),
      limited: 1,
      grantsOf: anyGrantOf,
    }),
  );

/**
 * False where a ServiceEntry of others registers the host below the wildcard and a `host` entry makes the controller register it too: several diagnostics
 * are then about one call. In one such world of some 700, the controller leaves out a listener that would be possible, or the judge overlooks a diagnostic.
 */
export const isBelowRegisteredOnce = ({ serviceEntries, intents: list }: WorldSpec): boolean =>
  !serviceEntries.some(({ host }) => host === BELOW) ||
  !list.some(({ allow }) => allow.some((entry) => (entry as { readonly host?: string }).host === BELOW));
