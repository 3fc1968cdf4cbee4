// Routes of the Gateway API as VirtualServices, seen from namespace `shop`. test/istio/gateway-routes.test.ts holds the same against istiod.
import { describe, expect, test } from 'vitest';
import { virtualServicesOf } from '../../../../src/compile/mesh/gateway-routes.ts';
import { routesNaming, visibleRoutes } from '../../../../src/compile/mesh/visible-routes.ts';
import { gatewayRouteParser, type GatewayRouteKind } from '../../../../src/domain/kinds/gateway-route.ts';
import { service, serviceEntry, snapshotOf, type ClusterObject } from '../../../support/cluster-objects.ts';

const API = service('pay/api', { http: 80 });
const OF_API = { group: '', kind: 'Service', namespace: 'pay', name: 'api' };
const OF_ENTRY = { group: 'networking.istio.io', kind: 'ServiceEntry', namespace: 'ops', name: 'ext' };
const WEB = { name: 'web', port: 8080 };
const WEB_8080 = 'web.pay.svc.cluster.local:8080';

type Given = {
  readonly kind?: GatewayRouteKind;
  readonly namespace?: string;
  readonly parents?: readonly object[];
  readonly rules?: readonly object[];
  readonly hostnames?: readonly string[];
};
const routeOf = (given: Given = {}): ClusterObject => {
  const { kind = 'HTTPRoute', namespace = 'pay', parents = [OF_API], hostnames = [] } = given;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name: 'canary', namespace },
    spec: { parentRefs: parents, hostnames, rules: given.rules ?? [{ backendRefs: [WEB] }] },
  };
};

/** Each as `host port,port -> destination, destination | ...`, one part for each rule. */
function converted(given: Given, objects: readonly ClusterObject[] = [API], version = '1.31') {
  const raw = routeOf(given);
  const route = gatewayRouteParser(given.kind ?? 'HTTPRoute')(raw);
  if (route === undefined) return 'left out';
  return virtualServicesOf(route, snapshotOf([...objects, raw], { istioVersion: version })).map(
    ({ hosts, routes }) => {
      const [rule] = routes;
      const ports = rule?.matches.map(({ port }) => port).join() ?? '';
      const ends = routes.map(({ destinations }) =>
        destinations.map(({ host, port }) => `${host}:${port}`).join(', '),
      );
      return `${hosts.join()} ${ports}-> ${ends.join(' | ')}`;
    },
  );
}

const backend = (more: object) => ({ rules: [{ backendRefs: [{ ...WEB, ...more }] }] });
const mirror = (backendRef: object) => ({
  rules: [{ filters: [{ type: 'RequestMirror', requestMirror: { backendRef } }], backendRefs: [WEB] }],
});
const HOST = 'api.pay.svc.cluster.local';

describe('where a route leads', () => {
  test.each<[string, Given, unknown]>([
    ['to a Service of its namespace', {}, [`${HOST} -> ${WEB_8080}`]],
    [
      'to a Service of another namespace',
      backend({ namespace: 'ops' }),
      [`${HOST} -> web.ops.svc.cluster.local:8080`],
    ],
    [
      'to a registered host',
      backend({ group: 'networking.istio.io', kind: 'Hostname', name: 'Ext.com' }),
      [`${HOST} -> ext.com:8080`],
    ],
    [
      'to the Service of a ServiceImport',
      backend({ group: 'multicluster.x-k8s.io', kind: 'ServiceImport' }),
      [`${HOST} -> ${WEB_8080}`],
    ],
    ['nowhere by an unknown kind', backend({ group: 'x.io', kind: 'Bucket' }), [`${HOST} -> `]],
    ['nowhere without a weight', backend({ weight: 0 }), [`${HOST} -> `]],
    [
      'to a mirror',
      mirror({ name: 'copy', port: 81 }),
      [`${HOST} -> ${WEB_8080}, copy.pay.svc.cluster.local:81`],
    ],
    ['not to a mirror without a port', mirror({ name: 'copy' }), [`${HOST} -> ${WEB_8080}`]],
    [
      'nowhere in a GRPCRoute with a mirror without a port',
      { kind: 'GRPCRoute', ...mirror({ name: 'copy' }) },
      'left out',
    ],
    ['nowhere if a backend has no port', backend({ port: null }), 'left out'],
    ['nowhere if a Service is named by a host name', backend({ name: 'web.pay' }), 'left out'],
    [
      'nowhere if a host has a namespace',
      backend({ group: 'networking.istio.io', kind: 'Hostname', namespace: 'ops' }),
      'left out',
    ],
    ['nowhere with an unknown filter', { rules: [{ filters: [{ type: 'ExtensionRef' }] }] }, 'left out'],
    [
      'nowhere with an unknown filter of a backend',
      backend({ filters: [{ type: 'RequestMirror' }] }),
      'left out',
    ],
    [
      'by each rule',
      { rules: [{ backendRefs: [WEB] }, { backendRefs: [{ name: 'api', port: 80 }] }] },
      [`${HOST} -> ${WEB_8080} | ${HOST}:80`],
    ],
  ])('%s', (_, given, expected) => {
    expect(converted(given)).toEqual(expected);
  });
});

const exported = (...hosts: readonly string[]) => serviceEntry('ops/ext', { hosts });

describe('to which calls a route applies', () => {
  test.each<[string, Given, readonly ClusterObject[], unknown]>([
    [
      'those of the caller’s namespace',
      { namespace: 'shop' },
      [API],
      [`${HOST} -> web.shop.svc.cluster.local:8080`],
    ],
    [
      'none of a third namespace, but it hides those for a wildcard',
      { namespace: 'ops' },
      [API],
      [`${HOST} -> `],
    ],
    [
      'those of a third namespace, for TLS',
      { kind: 'TLSRoute', namespace: 'ops' },
      [API],
      [`${HOST} -> web.ops.svc.cluster.local:8080`],
    ],
    ['none of a Service that does not exist', {}, [], []],
    ['none of a Gateway', { parents: [{ name: 'ingress' }] }, [API], 'left out'],
    ['those on one port', { parents: [{ ...OF_API, port: 80 }] }, [API], [`${HOST} 80-> ${WEB_8080}`]],
    [
      'those on the ports of several references',
      {
        parents: [
          { ...OF_API, port: 80 },
          { ...OF_API, port: 81 },
        ],
      },
      [API],
      [`${HOST} 80,81-> ${WEB_8080}`],
    ],
    [
      'those on every port, if one reference has none',
      { parents: [{ ...OF_API, port: 80 }, OF_API] },
      [API],
      [`${HOST} -> ${WEB_8080}`],
    ],
    [
      'those for each host of a ServiceEntry',
      { namespace: 'ops', parents: [OF_ENTRY] },
      [exported('a.com', 'b.com')],
      ['a.com -> web.ops.svc.cluster.local:8080', 'b.com -> web.ops.svc.cluster.local:8080'],
    ],
    [
      'none in the namespace of neither entry nor caller, but it hides those for a wildcard',
      { parents: [OF_ENTRY] },
      [exported('a.com')],
      ['a.com -> '],
    ],
    ['none below a wildcard', { namespace: 'ops', parents: [OF_ENTRY] }, [exported('*.com')], []],
    [
      'those below a wildcard, for TLS',
      { kind: 'TLSRoute', namespace: 'ops', parents: [OF_ENTRY] },
      [exported('*.com')],
      ['*.com -> web.ops.svc.cluster.local:8080'],
    ],
  ])('%s', (_, given, objects, expected) => {
    expect(converted(given, objects)).toEqual(expected);
  });

  test('TCPRoutes count since Istio 1.31', () => {
    expect(converted({ kind: 'TCPRoute' })).toEqual([`${HOST} -> ${WEB_8080}`]);
    expect(converted({ kind: 'TCPRoute' }, [API], '1.30')).toEqual([]);
  });
});

const namesOf = (hostnames: readonly string[]) =>
  visibleRoutes('pay', snapshotOf([API, routeOf({ kind: 'TLSRoute', hostnames })])).map(
    ({ virtualService }) => virtualService.routes.map(({ sniHosts }) => sniHosts),
  );

test('the server names of a TLSRoute are its host names, or those of its parents', () => {
  expect(namesOf([])).toEqual([[[HOST]]]);
  expect(namesOf(['A.com'])).toEqual([[['a.com']]]);
});

test('routes are found by the host of a Service or ServiceEntry', () => {
  const objects = [API, exported('a.com'), routeOf(), routeOf({ namespace: 'ops', parents: [OF_ENTRY] })];
  const found = (name: string) =>
    routesNaming(name, snapshotOf(objects)).map(
      ({ virtualService: { kind, namespace } }) => `${kind} ${namespace}`,
    );
  expect(found(HOST)).toEqual(['HTTPRoute pay']);
  expect(found('a.com')).toEqual(['HTTPRoute ops']);
  expect(found('b.com')).toEqual([]);
});

test('routes are found by a ServiceEntry with a wildcard of a part of a label', () => {
  const objects = [
    exported('*-a.b.com'),
    routeOf({ kind: 'TLSRoute', namespace: 'ops', parents: [OF_ENTRY] }),
  ];
  const found = (name: string) => routesNaming(name, snapshotOf(objects)).length;
  expect(['x-a.b.com', '*.b.com', '*-x-a.b.com', '*.x-a.b.com'].map(found)).toEqual([1, 1, 1, 1]);
  expect(['a.b.com', '*.c.com'].map(found)).toEqual([0, 0]);
});
