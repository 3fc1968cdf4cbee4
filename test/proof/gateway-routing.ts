// Generates routes of the Gateway API for a random world, whose parents are its Services: canaries, timeouts, mirrors, header matches.
import * as fc from 'fast-check';
import { gatewayRoute } from '../kits/oracle/objects.ts';
import type { KubeObject } from '../support/cluster.ts';
import { HOSTS, NAMESPACES, SHOP } from './world-spec.ts';

const PORTS = [80, 443, 5432, 8080] as const;
/** In seconds around the objects without an age, as in rich-routing.ts. */
const age = fc.constantFrom(-7200, -3600, 3600);
const service = fc.record({
  name: fc.constantFrom('api', 'db', 'web', 'alias'),
  namespace: fc.constantFrom(...NAMESPACES),
});
type Service = { readonly name: string; readonly namespace: string };

const backend = (self: Service) =>
  fc
    .tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant<object>(self) },
        { weight: 4, arbitrary: service },
        {
          weight: 2,
          arbitrary: fc
            .constantFrom(...HOSTS.filter((host) => !host.startsWith('*')))
            .map((name) => ({ group: 'networking.istio.io', kind: 'Hostname', name })),
        },
      ),
      fc.constantFrom(...PORTS),
    )
    .map(([to, port]) => ({ ...to, port }));

const backends = (self: Service) =>
  fc.oneof(
    { weight: 3, arbitrary: backend(self).map((to) => [to]) },
    {
      weight: 2,
      arbitrary: fc.tuple(backend(self), backend(self)).map(([stable, canary]) => [
        { ...stable, weight: 90 },
        { ...canary, weight: 10 },
      ]),
    },
  );

const match = fc.constantFrom(
  { headers: [{ name: 'x-canary', value: 'yes' }] },
  { path: { type: 'PathPrefix', value: '/v2' } },
);
const mirror = (self: Service) =>
  backend(self).map((backendRef) => [{ type: 'RequestMirror', requestMirror: { backendRef } }]);

const httpRule = (self: Service) =>
  fc.record(
    {
      backendRefs: backends(self),
      matches: match.map((each) => [each]),
      timeouts: fc.constant({ request: '3s' }),
      filters: mirror(self),
    },
    { requiredKeys: ['backendRefs'] },
  );
const plainRule = (self: Service) => fc.record({ backendRefs: backends(self) });

const route = service.chain((parent) =>
  fc
    .record({
      kind: fc.constantFrom('HTTPRoute', 'HTTPRoute', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute'),
      namespace: fc.constantFrom(SHOP, parent.namespace, parent.namespace, 'istio-system', 'cat'),
      port: fc.option(fc.constantFrom(...PORTS), { nil: undefined }),
      http: fc.array(httpRule(parent), { minLength: 1, maxLength: 2 }),
      plain: plainRule(parent),
      at: age,
    })
    .map(({ kind, namespace, port, http, plain, at }) => (index: number): KubeObject => {
      const ref = { group: '', kind: 'Service', ...parent, ...(port === undefined ? {} : { port }) };
      const rules = kind === 'HTTPRoute' ? http : [plain];
      return gatewayRoute(kind, `${namespace}/gateway-route-${index}`, { parentRefs: [ref], rules }, { at });
    }),
);

export const gatewayRouting: fc.Arbitrary<readonly KubeObject[]> = fc
  .array(route, { maxLength: 3 })
  .map((list) => list.map((each, index) => each(index)));
