// Ends of routes at which the client chooses the address, or from which calls are tunnelled on: told on the entry of the called host, for each kind
// of route and of end.
import { describe, expect, test } from 'vitest';
import { compile } from '../../../../src/compile/compile.ts';
import {
  destinationRule,
  headless,
  PASSTHROUGH,
  service,
  serviceEntry,
  snapshotOf,
  virtualService,
  webIntent,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';

const API = 'api.pay.svc.cluster.local';
const intent = webIntent([{ host: 'other.example.com' }, { service: { name: 'api', namespace: 'pay' } }]);

const CODES: ReadonlySet<string> = new Set([
  'HostSpoofable',
  'DestinationRulePassthrough',
  'DestinationRuleTunnels',
]);

/** `entry code` of what is told. */
const told = (...objects: readonly ClusterObject[]): readonly string[] =>
  compile(snapshotOf([intent, ...objects])).diagnostics.flatMap((diagnostic) =>
    CODES.has(diagnostic.code) && 'entry' in diagnostic ? [`${diagnostic.entry} ${diagnostic.code}`] : [],
  );

/** Each end, with the objects that make it one, and what is told of HTTP and of TCP calls by name to it. */
const ENDS = {
  'a headless Service': {
    host: 'pods.pay.svc.cluster.local',
    objects: [headless('pay/pods', { http: 80, tcp: 5432 })],
    expected: ['1 HostSpoofable'],
  },
  'a ServiceEntry without resolution': {
    host: 'any.example.com',
    objects: [
      serviceEntry('pay/any', {
        hosts: ['any.example.com'],
        resolution: 'NONE',
        ports: [
          { number: 80, name: 'http', protocol: 'HTTP' },
          { number: 5432, name: 'tcp', protocol: 'TCP' },
        ],
      }),
    ],
    expected: ['1 HostSpoofable'],
  },
  'a host with PASSTHROUGH in its namespace': {
    host: 'can.green.svc.cluster.local',
    objects: [
      service('green/can', { http: 80, tcp: 5432 }),
      destinationRule('green/d', { host: 'can', ...PASSTHROUGH }),
    ],
    expected: ['1 DestinationRulePassthrough'],
  },
  'a host with PASSTHROUGH of the caller': {
    host: 'can.green.svc.cluster.local',
    objects: [
      service('green/can', { http: 80, tcp: 5432 }),
      destinationRule('shop/d', { host: 'can.green.svc.cluster.local', ...PASSTHROUGH }),
    ],
    expected: ['1 DestinationRulePassthrough'],
  },
  'a subset with PASSTHROUGH': {
    host: 'can.green.svc.cluster.local',
    objects: [
      service('green/can', { http: 80, tcp: 5432 }),
      destinationRule('istio-system/d', {
        host: '*.green.svc.cluster.local',
        subsets: [{ name: 'v1', ...PASSTHROUGH }],
      }),
    ],
    expected: ['1 DestinationRulePassthrough'],
  },
} as const;

const to = (host: string, port?: number) => ({
  destination: { host, subset: 'v1', ...(port === undefined ? {} : { port: { number: port } }) },
});

/** Each kind of route of HTTP calls that leads to a host. */
const ROUTES: Readonly<Record<string, (host: string) => readonly ClusterObject[]>> = {
  'a route': (host) => [virtualService('pay/v', { hosts: [API], http: [{ route: [to(host)] }] })],
  'a route to a port': (host) => [
    virtualService('shop/v', { hosts: [API], http: [{ route: [to(host, 80)] }] }),
  ],
  'a share of a route': (host) => [
    virtualService('pay/v', { hosts: ['api'], http: [{ route: [to(API), to(host)] }] }),
  ],
  'a mirror': (host) => [
    virtualService('pay/v', {
      hosts: [API],
      http: [{ route: [to(API)], mirror: to(host).destination }],
    }),
  ],
  'one of several mirrors': (host) => [
    virtualService('istio-system/v', {
      hosts: [API],
      http: [{ route: [to(API)], mirrors: [to(API), to(host)] }],
    }),
  ],
  'a delegate': (host) => [
    virtualService('pay/v', { hosts: [API], http: [{ delegate: { name: 'd', namespace: 'green' } }] }),
    virtualService('green/d', { http: [{ route: [to(host)] }] }),
  ],
};

const VARIANTS = Object.entries(ENDS).flatMap(([end, given]) =>
  Object.entries(ROUTES).map(([route, routesTo]) => ({ end, route, routesTo, ...given })),
);

describe('the client chooses the address of granted calls', () => {
  test.each(VARIANTS)('where $route leads to $end', ({ host, objects, expected, routesTo }) => {
    expect(told(service('pay/api', { http: 80 }), ...objects, ...routesTo(host))).toEqual(expected);
  });

  test.each(VARIANTS)('but not where $route leads to $end for other calls', ({ host, objects, routesTo }) => {
    expect(told(service('pay/api', { tcp: 80 }), ...objects, ...routesTo(host))).toEqual([]);
  });

  test.each(Object.entries(ENDS))('but not where plain TCP to an address is led to %s', (_end, given) => {
    const route = virtualService('pay/v', { hosts: [API], tcp: [{ route: [to(given.host)] }] });
    expect(told(service('pay/api', { tcp: 5432 }), ...given.objects, route)).toEqual([]);
  });

  test('and it is told once, whatever the number of routes', () => {
    const { host, objects } = ENDS['a headless Service'];
    const http = [{ match: [{ uri: { prefix: '/a' } }], route: [to(host)] }, { route: [to(host)] }];
    const route = virtualService('pay/v', { hosts: [API], http });
    expect(told(service('pay/api', { http: 80 }), ...objects, route)).toHaveLength(1);
  });

  test('and it is not told again of a host that is told of itself', () => {
    const { host, objects } = ENDS['a headless Service'];
    const route = virtualService('pay/v', { hosts: [API], http: [{ route: [to(host)] }] });
    expect(told(headless('pay/api', { http: 80 }), ...objects, route)).toEqual(['1 HostSpoofable']);
    const rule = destinationRule('pay/d', { host: 'api', ...PASSTHROUGH });
    const toItself = virtualService('pay/v', { hosts: [API], http: [{ route: [to(API)] }] });
    expect(told(service('pay/api', { http: 80 }), rule, toItself)).toEqual(['1 DestinationRulePassthrough']);
  });

  test('nor of a route that is not followed', () => {
    const { host, objects } = ENDS['a headless Service'];
    const route = virtualService('third/v', { hosts: [API], http: [{ route: [to(host)] }] });
    expect(told(service('pay/api', { http: 80 }), ...objects, route)).toEqual([]);
  });
});

describe('a tunnel from the end of a route is told', () => {
  const HOST = 'can.green.svc.cluster.local';
  const tunnel = { trafficPolicy: { tunnel: { protocol: 'CONNECT', targetHost: 'a.b', targetPort: 1 } } };
  const can = service('green/can', { http: 80, tcp: 5432, tls: 443 });

  test.each([
    ['of its namespace', destinationRule('green/d', { host: 'can', ...tunnel })],
    ['of the caller', destinationRule('shop/d', { host: HOST, ...tunnel })],
    ['of a subset', destinationRule('green/d', { host: 'can', subsets: [{ name: 'v1', ...tunnel }] })],
  ])('%s', (_what, rule) => {
    const tcp = virtualService('pay/v', { hosts: [API], tcp: [{ route: [to(HOST)] }] });
    const tls = virtualService('pay/v', {
      hosts: [API],
      tls: [{ match: [{ sniHosts: [API] }], route: [to(HOST)] }],
    });
    const http = virtualService('pay/v', { hosts: [API], http: [{ route: [to(HOST)] }] });
    expect(told(service('pay/api', { tcp: 5432 }), can, rule, tcp)).toEqual(['1 DestinationRuleTunnels']);
    expect(told(service('pay/api', { tls: 443 }), can, rule, tls)).toEqual(['1 DestinationRuleTunnels']);
    expect(told(service('pay/api', { http: 80 }), can, rule, http)).toEqual([]);
  });
});
