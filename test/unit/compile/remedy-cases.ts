// Messages of diagnostics, the mesh and the entries with which each is given, and the remedies that it names.
import {
  created,
  externalName,
  headless,
  routeTo,
  service,
  serviceEntry,
  virtualService,
  type ClusterObject,
} from '../../support/cluster-objects.ts';

const on = (...ports: readonly number[]) => ({ ports: ports.map((port) => ({ port })) });
const granted = (name: string, ...ports: readonly number[]) => ({
  service: { name, namespace: 'green' },
  ...(ports.length === 0 ? {} : on(...ports)),
});
const registered = (host: string, namespace: string, ...ports: readonly number[]) => ({
  serviceEntry: { host, namespace },
  ...(ports.length === 0 ? {} : on(...ports)),
});
const portsOf = (...ports: readonly (readonly [number, string])[]) => ({
  ports: ports.map(([number, protocol]) => ({
    number,
    name: `${protocol.toLowerCase()}-${number}`,
    protocol,
  })),
});
const cluster = (name: string) => `${name}.green.svc.cluster.local`;

const API = service('green/api', { http: 80, 'http-b': 81 });
const CANARY = service('green/canary', { http: 80, 'http-b': 8080 });
const TLS = serviceEntry(
  'partners/tls',
  { hosts: ['tls.example.com'], ...portsOf([5432, 'TLS'], [80, 'HTTP']) },
  created('01'),
);
const OTHER = service('green/other', { http: 8080 });
const DB = service('green/db', { 'tcp-db': 5432, http: 80 });
const PODS = headless('green/pods', { 'tcp-a': 5432, 'tcp-b': 5433 });
const OLD = virtualService('routes/old', { hosts: ['old.example.com'], http: [routeTo(cluster('canary'))] });
const oldHost = registered('old.example.com', 'routes');
const oldEntry = serviceEntry(
  'routes/old',
  { hosts: ['old.example.com'], ...portsOf([80, 'HTTP']) },
  created('01'),
);
const canaryOn = (namespace: string, port?: number, host = 'api'): ClusterObject =>
  virtualService(`${namespace}/to-canary`, {
    hosts: [cluster(host)],
    http: [routeTo(cluster('canary'), port)],
  });
const two = virtualService('shop/two', {
  hosts: ['a.example.com', 'b.example.com'],
  http: [routeTo(cluster('canary'))],
});
const single = virtualService('shop/two', { hosts: ['a.example.com'], http: [routeTo(cluster('canary'))] });
const entryA = serviceEntry(
  'partners/a',
  { hosts: ['a.example.com'], ...portsOf([80, 'HTTP']) },
  created('01'),
);
const entryB = serviceEntry(
  'partners/b',
  { hosts: ['b.example.com'], ...portsOf([80, 'HTTP']) },
  created('01'),
);
const TCP_ROUTE = virtualService('shop/db', {
  hosts: [cluster('db')],
  tcp: [{ route: [{ destination: { host: cluster('canary'), port: { number: 5432 } } }] }],
});
const OUTSIDE = externalName('green/outside', 'www.example.com');
const SECURE = service('green/secure', { http: 80, 'http-b': 9090 });
const CLOSED = service('green/closed', { http: 80 });
const bothTo = virtualService('green/both', {
  hosts: ['secure', 'closed'],
  http: [routeTo(cluster('canary'), 8080)],
});
const MONGO = service('green/mongo', { mongo: 9000, http: 80 });
const REDIS = service('green/cache', { redis: 9000, http: 80 });

/** The message with the remedies; the objects of the mesh and the entries with which it is given; then, for each remedy, what it changes. */
export type RemedyCase = {
  readonly message: RegExp;
  readonly mesh: readonly ClusterObject[];
  readonly allow: readonly object[];
  readonly remedies: Readonly<Record<string, Change>>;
};
type Change = {
  readonly mesh?: readonly ClusterObject[];
  readonly allow?: readonly object[];
  readonly batch?: readonly object[];
};

const tlsHost = (...ports: readonly number[]) => registered('tls.example.com', 'partners', ...ports);
const [hostA, hostB] = [registered('a.example.com', 'partners'), registered('b.example.com', 'partners')];
export const REMEDY_CASES: readonly RemedyCase[] = [
  {
    message: /only a VirtualService/,
    mesh: [OLD, CANARY],
    allow: [oldHost],
    remedies: {
      'a ServiceEntry for the host': { mesh: [OLD, CANARY, oldEntry] },
      'a Service with HTTP on the port': { allow: [oldHost, granted('canary')] },
      'the same, limited to the port': { allow: [oldHost, granted('canary', 80)] },
    },
  },
  {
    message: /headless/,
    mesh: [PODS],
    allow: [granted('pods', 5432)],
    remedies: {
      'all of its ports': { allow: [granted('pods', 5432, 5433)] },
      'no ports': { allow: [granted('pods')] },
    },
  },
  {
    message: /because it leads to another port/,
    mesh: [API, CANARY, OTHER, canaryOn('istio-system', 8080)],
    allow: [granted('other'), granted('api', 80)],
    remedies: {
      'every port': { allow: [granted('other'), granted('api')] },
      'the host and port to which it leads': {
        allow: [granted('other'), granted('api', 80), granted('canary', 8080)],
      },
    },
  },
  {
    message: /because anybody can export one/,
    mesh: [API, CANARY, canaryOn('tools')],
    allow: [granted('api')],
    remedies: { 'the route in the own namespace': { mesh: [API, CANARY, canaryOn('shop')] } },
  },
  {
    message: /for other hosts/,
    mesh: [entryA, entryB, CANARY, two],
    allow: [hostA],
    remedies: {
      'a VirtualService of its own': { mesh: [entryA, entryB, CANARY, single] },
      'the other hosts too': { allow: [hostA, hostB] },
    },
  },
  {
    message: /applies no routes for plain TCP/,
    mesh: [TLS, DB, CANARY, TCP_ROUTE],
    allow: [tlsHost(5432), granted('db', 5432)],
    remedies: {
      'every port of the hosts': { allow: [tlsHost(), granted('db')] },
      'the hosts with TLS for other pods': { allow: [granted('db', 5432)], batch: [tlsHost(5432)] },
    },
  },
  {
    message: /Istio builds no cluster for that destination/,
    mesh: [API, CANARY, canaryOn('green', 8080)],
    allow: [granted('api', 80)],
    remedies: {
      'every port': { allow: [granted('api')] },
      'the destination too': { allow: [granted('api', 80), granted('canary', 8080)] },
    },
  },
  {
    message: /also lets calls through for/,
    mesh: [SECURE, CLOSED, CANARY, bothTo],
    allow: [granted('secure')],
    remedies: {
      'the other host too, and only ports that it has': {
        allow: [granted('secure', 80), granted('closed', 80)],
      },
      'a VirtualService of its own': {
        mesh: [
          SECURE,
          CLOSED,
          CANARY,
          virtualService('green/both', { hosts: ['secure'], http: [routeTo(cluster('canary'), 8080)] }),
        ],
      },
    },
  },
  {
    message: /grants nothing by itself/,
    mesh: [OUTSIDE],
    allow: [granted('outside')],
    remedies: { 'the host as well': { allow: [granted('outside'), { host: 'www.example.com' }] } },
  },
  {
    message: /if istiod runs with PILOT_ENABLE_REDIS_FILTER=true/,
    mesh: [MONGO, REDIS],
    allow: [granted('mongo', 9000), granted('cache', 9000)],
    remedies: {
      'every port': { allow: [granted('mongo'), granted('cache')] },
      'other pods': { allow: [granted('mongo', 9000)], batch: [granted('cache', 9000)] },
    },
  },
];
