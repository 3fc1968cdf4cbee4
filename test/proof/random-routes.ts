// Generates the routes of a random VirtualService: where they lead, for which calls, and with which settings.
import * as fc from 'fast-check';

/** The header and the path by which routes may choose a canary. */
export const CANARY_HEADER = { 'x-canary': 'yes' } as const;
export const CANARY_PATH = '/v2/orders';

/** A host that a route is for or leads to, in full. */
export type Routed = {
  readonly host: string;
  /** The namespace of the Service, or one that registers the host; absent where none does. */
  readonly provider?: string;
  /** The ports of the host, if the world has it. */
  readonly ports?: readonly number[];
};

type Targets = { readonly self: Routed; readonly others: readonly Routed[] };

const PORTS = [80, 443, 5432, 8080] as const;
const port = fc.constantFrom(...PORTS);

/** Mostly to ports that the host has: a route to any other answers no call. */
const target = ({ self, others }: Targets): fc.Arbitrary<object> =>
  fc
    .oneof({ weight: 5, arbitrary: fc.constant(self) }, { weight: 4, arbitrary: fc.constantFrom(...others) })
    .chain(({ host, ports = PORTS }) =>
      fc.record({
        host: fc.constant(host.replace('*', 'some-name')),
        number: fc.oneof(
          { weight: 4, arbitrary: fc.constant(undefined) },
          { weight: 4, arbitrary: fc.constantFrom(...ports) },
          { weight: 1, arbitrary: port },
        ),
        subset: fc.constantFrom(undefined, undefined, undefined, 'v1', 'v2'),
      }),
    )
    .map(({ host, number, subset }) => ({
      host,
      ...(number === undefined ? {} : { port: { number } }),
      ...(subset === undefined ? {} : { subset }),
    }));

const shares = (targets: Targets): fc.Arbitrary<readonly object[]> =>
  fc.oneof(
    { weight: 3, arbitrary: oneTarget(targets) },
    {
      weight: 2,
      arbitrary: fc.tuple(target(targets), target(targets)).map(([stable, canary]) => [
        { destination: stable, weight: 90 },
        { destination: canary, weight: 10 },
      ]),
    },
  );

const httpMatch = fc.oneof(
  fc.constant({ headers: { 'x-canary': { exact: 'yes' } } }),
  fc.constant({ uri: { prefix: '/v2' } }),
  port.map((number) => ({ port: number })),
);

const httpRoute = (targets: Targets): fc.Arbitrary<object> =>
  fc.record(
    {
      route: shares(targets),
      timeout: fc.constantFrom('3s', '10s'),
      retries: fc.constant({ attempts: 5, perTryTimeout: '2s' }),
      rewrite: fc.constant({ uri: '/v3' }),
      mirror: target(targets),
    },
    { requiredKeys: ['route'] },
  );

/** At most one route for some calls, and mostly one for all others. */
export const httpRoutes = (targets: Targets): fc.Arbitrary<readonly object[]> =>
  fc
    .record({
      some: fc.option(fc.tuple(httpMatch, httpRoute(targets)), { nil: undefined, freq: 2 }),
      all: fc.option(httpRoute(targets), { nil: undefined, freq: 4 }),
      only: httpRoute(targets),
    })
    .map(({ some, all, only }) => {
      const matched = some === undefined ? [] : [{ match: [some[0]], ...some[1] }];
      const routes = [...matched, ...(all === undefined ? [] : [all])];
      return routes.length === 0 ? [only] : routes;
    });

const oneTarget = (targets: Targets): fc.Arbitrary<readonly object[]> =>
  target(targets).map((destination) => [{ destination }]);

export const tlsRoutes = (targets: Targets): fc.Arbitrary<readonly object[]> =>
  fc.tuple(fc.option(port, { nil: undefined, freq: 2 }), oneTarget(targets)).map(([number, route]) => [
    {
      match: [{ ...(number === undefined ? {} : { port: number }), sniHosts: [targets.self.host] }],
      route,
    },
  ]);

export const tcpRoutes = (targets: Targets): fc.Arbitrary<readonly object[]> =>
  fc
    .tuple(fc.option(port, { nil: undefined, freq: 2 }), oneTarget(targets))
    .map(([number, route]) => [{ ...(number === undefined ? {} : { match: [{ port: number }] }), route }]);
