// Generates foreign VirtualServices, DestinationRules and routes of the Gateway API for a random world, each in a namespace whose routing may apply.
import * as fc from 'fast-check';
import type { KubeObject } from '../support/cluster.ts';
import { gatewayRouting } from './gateway-routing.ts';
import { HOSTS, NAMESPACES, SHOP } from './world-spec.ts';

/** A host that no Service and no intent names. */
export const UNKNOWN_HOST = 'free.org';

const PORTS = [80, 443, 5432, 8080] as const;
const namespace = fc.constantFrom(...NAMESPACES, ...NAMESPACES, 'entries', 'istio-system');
const serviceName = fc
  .tuple(fc.constantFrom('api', 'db', 'web'), fc.constantFrom(...NAMESPACES))
  .map(([name, space]) => `${name}.${space}.svc.cluster.local`);
const host = fc.oneof(
  { weight: 4, arbitrary: serviceName },
  { weight: 2, arbitrary: fc.constantFrom('api', 'db', 'web') },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTS) },
);
const hostOrWildcard = fc.oneof(
  { weight: 6, arbitrary: host },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '*.pay.svc.cluster.local',
      '*.ext.com',
      '*.svc.cluster.local',
      '*a.ext.com',
      '*-name.ext.com',
      '*-api.partner.com',
      UNKNOWN_HOST,
    ),
  },
);

const destination = fc
  .record({ host, port: fc.option(fc.constantFrom(...PORTS), { nil: undefined }) })
  .map((to) => ({ host: to.host, ...(to.port === undefined ? {} : { port: { number: to.port } }) }));
const match = fc.record(
  {
    port: fc.constantFrom(...PORTS),
    gateways: fc.constantFrom(['mesh'], ['ingress']),
    sourceNamespace: fc.constantFrom(SHOP, 'pay'),
  },
  { requiredKeys: [] },
);

const httpRoute = fc
  .record({ to: destination, match: fc.option(match, { nil: undefined }) })
  .map(({ to, match: when }) => ({
    ...(when === undefined ? {} : { match: [{ uri: { prefix: '/' }, ...when }] }),
    route: [{ destination: to }],
  }));
const tcpRoute = fc
  .record({ to: destination, match: fc.option(match, { nil: undefined }) })
  .map(({ to, match: when }) => ({
    ...(when === undefined ? {} : { match: [when] }),
    route: [{ destination: to }],
  }));
const tlsRoute = (sniHosts: readonly string[]) =>
  destination.map((to) => ({ match: [{ sniHosts }], route: [{ destination: to }] }));

const virtualService = fc
  .uniqueArray(hostOrWildcard, { minLength: 1, maxLength: 2 })
  .chain((hosts) =>
    fc.record(
      {
        hosts: fc.constant(hosts),
        http: fc.array(httpRoute, { minLength: 1, maxLength: 2 }),
        tcp: fc.array(tcpRoute, { maxLength: 1 }),
        tls: fc.array(tlsRoute(hosts.filter((each) => each.includes('.'))), { maxLength: 1 }),
        exportTo: fc.constantFrom(['.'], ['*']),
        gateways: fc.constantFrom(['mesh'], ['ingress'], ['ingress', 'mesh']),
      },
      { requiredKeys: ['hosts', 'http'] },
    ),
  )
  .map((spec) => ['VirtualService', spec] as const);

const policy = fc.constantFrom(
  { loadBalancer: { simple: 'PASSTHROUGH' } },
  { loadBalancer: { simple: 'PASSTHROUGH' } },
  { loadBalancer: { simple: 'ROUND_ROBIN' } },
);
const destinationRule = fc
  .record(
    {
      host: fc.oneof({ weight: 3, arbitrary: hostOrWildcard }, { weight: 1, arbitrary: fc.constant('*') }),
      trafficPolicy: fc.oneof(
        policy,
        fc
          .tuple(policy, fc.constantFrom(...PORTS))
          .map(([portPolicy, number]) => ({ portLevelSettings: [{ port: { number }, ...portPolicy }] })),
      ),
      exportTo: fc.constantFrom(['.'], ['*']),
      workloadSelector: fc.constantFrom({ matchLabels: { a: '1' } }, { matchLabels: { b: '2' } }),
    },
    { requiredKeys: ['host', 'trafficPolicy'] },
  )
  .map((spec) => ['DestinationRule', spec] as const);

const istioRouting: fc.Arbitrary<readonly KubeObject[]> = fc
  .array(fc.tuple(namespace, fc.oneof(virtualService, destinationRule)), {
    minLength: 3,
    maxLength: 8,
  })
  .map((list) =>
    list.map(([space, [kind, spec]], index) => ({
      apiVersion: 'networking.istio.io/v1',
      kind,
      metadata: { name: `foreign-${index}`, namespace: space },
      spec,
    })),
  );

export const arbitraryRouting: fc.Arbitrary<readonly KubeObject[]> = fc
  .tuple(istioRouting, gatewayRouting)
  .map(([istio, gateway]) => [...istio, ...gateway]);
