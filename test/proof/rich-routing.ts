// Generates the routing of a real mesh for a random world: canaries, timeouts, mirrors, delegates and an egress gateway, in VirtualServices of the
// caller's namespace, the provider's, the root, a trusted and a third one, with DestinationRules.
import * as fc from 'fast-check';
import type { KubeObject } from '../support/cluster.ts';
import { fullName } from './callable-places.ts';
import { ROOT_NAMESPACE } from './followed.ts';
import { START_TIME } from './objects.ts';
import { HOSTS, NAMESPACES, SHOP } from './world-spec.ts';

/** A namespace that half of the worlds trust. */
export const PLATFORM_NAMESPACE = 'infra';

/** The egress gateway of the platform. */
export const GATEWAY = {
  namespace: ROOT_NAMESPACE,
  name: 'egressgateway',
  host: fullName('egressgateway', ROOT_NAMESPACE),
} as const;

const PORTS = [80, 443, 5432, 8080] as const;
/** The header and the path by which routes may choose a canary. */
export const CANARY_HEADER = { 'x-canary': 'yes' } as const;
export const CANARY_PATH = '/v2/orders';

/** A host that a route is for, in full, and the namespace that provides it: that of the Service, or none for an outside host. */
export type Routed = { readonly host: string; readonly provider?: string };

const serviceHost = fc
  .tuple(fc.constantFrom('api', 'db', 'web', 'alias'), fc.constantFrom(...NAMESPACES))
  .map(([name, provider]): Routed => ({ host: fullName(name, provider), provider }));
const outsideHost = fc.constantFrom(...HOSTS, 'partner.com').map((host): Routed => ({ host }));
const wildcard = fc
  .constantFrom('*.pay.svc.cluster.local', '*.ext.com', '*.svc.cluster.local')
  .map((host): Routed => ({ host }));

/** Mostly hosts of the world that are granted: routes for any other would seldom matter. */
const routedOf = (granted: readonly Routed[]): fc.Arbitrary<Routed> =>
  fc.oneof(
    { weight: 8, arbitrary: granted.length === 0 ? serviceHost : fc.constantFrom(...granted) },
    { weight: 2, arbitrary: serviceHost },
    { weight: 2, arbitrary: outsideHost },
    { weight: 1, arbitrary: wildcard },
  );

/** Where an object about a host lives; the provider of an outside host is a namespace that may register it. */
const home = ({ provider = 'entries' }: Routed): fc.Arbitrary<string> =>
  fc.constantFrom(SHOP, SHOP, provider, provider, ROOT_NAMESPACE, ROOT_NAMESPACE, PLATFORM_NAMESPACE, 'cat');

const port = fc.constantFrom(...PORTS);
const target = (self: string): fc.Arbitrary<object> =>
  fc
    .record({
      host: fc.oneof(
        { weight: 6, arbitrary: fc.constant(self.replace('*', 'some-name')) },
        { weight: 4, arbitrary: serviceHost.map(({ host }) => host) },
        { weight: 2, arbitrary: fc.constantFrom(...HOSTS) },
        { weight: 2, arbitrary: fc.constant(GATEWAY.host) },
      ),
      number: fc.option(port, { nil: undefined }),
      subset: fc.option(fc.constantFrom('v1', 'v2'), { nil: undefined, freq: 5 }),
    })
    .map(({ host, number, subset }) => ({
      host,
      ...(number === undefined ? {} : { port: { number } }),
      ...(subset === undefined ? {} : { subset }),
    }));

const shares = (self: string): fc.Arbitrary<readonly object[]> =>
  fc.oneof(
    { weight: 3, arbitrary: target(self).map((destination) => [{ destination }]) },
    {
      weight: 2,
      arbitrary: fc.tuple(target(self), target(self)).map(([stable, canary]) => [
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

const httpRoute = (self: string): fc.Arbitrary<object> =>
  fc
    .record(
      {
        route: shares(self),
        match: httpMatch.map((match) => [match]),
        timeout: fc.constantFrom('3s', '10s'),
        retries: fc.constant({ attempts: 5, perTryTimeout: '2s' }),
        rewrite: fc.constant({ uri: '/v3' }),
        mirror: target(self),
      },
      { requiredKeys: ['route'] },
    )
    .map((route) => route);

const httpRoutes = (self: string): fc.Arbitrary<readonly object[]> =>
  fc.array(httpRoute(self), { minLength: 1, maxLength: 2 });
const oneTarget = (self: string) => target(self).map((destination) => [{ destination }]);
const tlsRoutes = (self: string, sniHosts: readonly string[]): fc.Arbitrary<readonly object[]> =>
  fc
    .tuple(fc.option(port, { nil: undefined }), oneTarget(self))
    .map(([number, route]) => [
      { match: [{ ...(number === undefined ? {} : { port: number }), sniHosts }], route },
    ]);
const tcpRoutes = (self: string): fc.Arbitrary<readonly object[]> =>
  fc
    .tuple(fc.option(port, { nil: undefined }), oneTarget(self))
    .map(([number, route]) => [{ ...(number === undefined ? {} : { match: [{ port: number }] }), route }]);

const exportTo = fc.constantFrom(['*'], ['.'], [SHOP]);
/** Without `gateways` a VirtualService applies to the mesh. */
const gateways = fc.constantFrom<readonly string[]>(
  ['mesh'],
  ['mesh', `${ROOT_NAMESPACE}/egress`],
  [`${ROOT_NAMESPACE}/egress`],
);
const age = fc.constantFrom(-7_200_000, -3_600_000, 3_600_000);

/** Names objects by position, with a prefix so that two lists do not collide. */
const objectOf = (kind: string, name: string, namespace: string, at: number, spec: object): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind,
  metadata: {
    name,
    namespace,
    creationTimestamp: new Date(START_TIME + at).toISOString().replace('.000', ''),
  },
  spec,
});

type Numbered = (index: number) => readonly KubeObject[];

/** In its own namespace, a Service may be named by its short name. */
const spelled = ({ host, provider }: Routed, namespace: string, short: boolean): string =>
  short && provider === namespace ? (host.split('.')[0] ?? host) : host;

const virtualService = (routed: fc.Arbitrary<Routed>): fc.Arbitrary<Numbered> =>
  routed.chain((first) =>
    fc
      .record({
        namespace: home(first),
        also: fc.option(routed, { nil: undefined, freq: 4 }),
        short: fc.boolean(),
        at: age,
        delegated: fc.nat(11),
        spec: fc.record(
          {
            http: httpRoutes(first.host),
            tls: tlsRoutes(first.host, [first.host]),
            tcp: tcpRoutes(first.host),
            exportTo,
            gateways,
          },
          { requiredKeys: ['http'] },
        ),
      })
      .map(({ namespace, also, short, at, delegated, spec }): Numbered => (index) => {
        const { tls, ...rest } = spec;
        const isShort = short && tls === undefined;
        const hosts = [first, ...(also === undefined || also.host === first.host ? [] : [also])].map((each) =>
          spelled(each, namespace, isShort),
        );
        const isDelegated = delegated === 0 && rest.gateways?.includes('mesh') !== false;
        const { http, ...bound } = rest;
        const delegate = { name: `delegate-${index}`, namespace: 'cat' };
        const routes = isDelegated ? [{ match: [{ uri: { prefix: '/' } }], delegate }] : http;
        const main = objectOf('VirtualService', `route-${index}`, namespace, at, {
          hosts,
          ...bound,
          http: routes,
          ...(tls === undefined || first.host.startsWith('*') ? {} : { tls }),
        });
        return isDelegated
          ? [main, objectOf('VirtualService', delegate.name, delegate.namespace, at, { http })]
          : [main];
      }),
  );

const SUBSETS = [
  { name: 'v1', labels: { version: 'v1' } },
  { name: 'v2', labels: { version: 'v2' } },
] as const;
const policies = [
  { connectionPool: { tcp: { maxConnections: 7 } } },
  { tls: { mode: 'SIMPLE' } },
  { loadBalancer: { simple: 'LEAST_REQUEST' } },
] as const;
/** Not for outside hosts: istiod panics where it applies to a cluster of resolution DYNAMIC_DNS (applyOutlierDetection). */
const outliers = { outlierDetection: { consecutive5xxErrors: 3 } } as const;
const destinationRule = (routed: fc.Arbitrary<Routed>): fc.Arbitrary<Numbered> =>
  routed.chain((host) =>
    fc
      .record({
        namespace: home(host),
        at: age,
        trafficPolicy: fc.constantFrom<object>(
          ...policies,
          ...(host.provider === undefined ? [] : [outliers]),
        ),
        subsets: fc.boolean(),
        exportTo,
      })
      .map(({ namespace, at, subsets, ...spec }): Numbered => (index) => [
        objectOf('DestinationRule', `rule-${index}`, namespace, at, {
          host: host.host,
          ...spec,
          ...(subsets ? { subsets: SUBSETS } : {}),
        }),
      ]),
  );

/** Routing for these hosts, most of them granted, and for others. */
export const richRouting = (granted: readonly Routed[]): fc.Arbitrary<readonly KubeObject[]> => {
  const routed = routedOf(granted);
  return fc
    .tuple(
      fc.array(virtualService(routed), { maxLength: 5 }),
      fc.array(destinationRule(routed), { maxLength: 2 }),
    )
    .map(([routes, rules]) => [...routes, ...rules].flatMap((each, index) => each(index)));
};
