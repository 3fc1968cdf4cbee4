// Generates the routing of a real mesh for a random world: canaries, timeouts, mirrors, delegates and an egress gateway, in VirtualServices of the
// caller's namespace, the provider's, the root, a trusted and a third one, with DestinationRules.
import * as fc from 'fast-check';
import type { KubeObject } from '../support/cluster.ts';
import { fullName } from './callable-places.ts';
import { ROOT_NAMESPACE } from './followed.ts';
import { gatewayRouting } from './gateway-routing.ts';
import { START_TIME } from './objects.ts';
import { httpRoutes, tcpRoutes, tlsRoutes, type Routed } from './random-routes.ts';
import { HOSTS, NAMESPACES, SHOP } from './world-spec.ts';

/** A namespace that half of the worlds trust. */
export const PLATFORM_NAMESPACE = 'infra';

/** The egress gateway of the platform. */
export const GATEWAY = {
  namespace: ROOT_NAMESPACE,
  name: 'egressgateway',
  host: fullName('egressgateway', ROOT_NAMESPACE),
} as const;

const serviceHost = fc
  .tuple(fc.constantFrom('api', 'db', 'web', 'alias'), fc.constantFrom(...NAMESPACES))
  .map(([name, provider]): Routed => ({ host: fullName(name, provider), provider }));
const outsideHost = fc.constantFrom(...HOSTS, 'partner.com').map((host): Routed => ({ host }));
const wildcard = fc
  .constantFrom(
    '*.pay.svc.cluster.local',
    '*.ext.com',
    '*.svc.cluster.local',
    '*i.pay.svc.cluster.local',
    '*a.ext.com',
    '*-name.ext.com',
  )
  .map((host): Routed => ({ host }));

/** Mostly hosts of the world that are granted: routes for any other would seldom matter. */
const routedOf = (granted: readonly Routed[]): fc.Arbitrary<Routed> =>
  fc.oneof(
    { weight: 16, arbitrary: granted.length === 0 ? serviceHost : fc.constantFrom(...granted) },
    { weight: 2, arbitrary: serviceHost },
    { weight: 2, arbitrary: outsideHost },
    { weight: 1, arbitrary: wildcard },
  );

/** Where an object about a host lives; the provider of an outside host is a namespace that may register it. */
const home = ({ provider = 'entries' }: Routed): fc.Arbitrary<string> =>
  fc.constantFrom(SHOP, SHOP, provider, provider, ROOT_NAMESPACE, ROOT_NAMESPACE, PLATFORM_NAMESPACE, 'cat');

const exportTo = fc.constantFrom(['*'], ['*'], ['.'], [SHOP]);
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

const virtualService = (routed: fc.Arbitrary<Routed>, others: readonly Routed[]): fc.Arbitrary<Numbered> =>
  routed.chain((first) =>
    fc
      .record({
        namespace: home(first),
        also: fc.oneof({ weight: 14, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: routed }),
        short: fc.boolean(),
        at: age,
        delegated: fc.nat(11),
        spec: fc.record(
          {
            http: httpRoutes({ self: first, others }),
            tls: tlsRoutes({ self: first, others }),
            tcp: tcpRoutes({ self: first, others }),
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
          ...(host.host.endsWith('.svc.cluster.local') ? [outliers] : []),
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

/** DestinationRules for the subsets to which routes lead, in the namespace of each host. */
function subsetRules(routes: readonly KubeObject[], hosts: readonly Routed[]): readonly KubeObject[] {
  const text = JSON.stringify(routes);
  return hosts
    .filter(({ host }) => new RegExp(`"host":"${RegExp.escape(host)}"[^}]*(},|,)"subset"`).test(text))
    .map(({ host, provider = ROOT_NAMESPACE }, index) =>
      objectOf('DestinationRule', `subsets-${index}`, provider, 0, { host, subsets: SUBSETS }),
    );
}

/** Routing for these hosts, which the world has, and for others. A host that is listed twice has twice the chance. */
export const richRouting = (hosts: readonly Routed[]): fc.Arbitrary<readonly KubeObject[]> => {
  const routed = routedOf(hosts);
  const others = [...hosts, ...HOSTS.map((host) => ({ host }))];
  const distinct = [...new Map(hosts.map((each) => [each.host, each])).values()];
  return fc
    .tuple(
      fc.array(virtualService(routed, others), { maxLength: 3 }),
      fc.array(destinationRule(routed), { maxLength: 2 }),
      fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: gatewayRouting }),
    )
    .map(([routes, rules, gatewayRoutes]) => {
      const objects = [...routes, ...rules].flatMap((each, index) => each(index));
      return [...objects, ...subsetRules(objects, distinct), ...gatewayRoutes];
    });
};
