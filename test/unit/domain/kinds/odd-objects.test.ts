// Objects of every watched kind mean the same with fields that are null or empty as without them, and what cannot be read says why.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS, WATCHED_KINDS, type WatchedKind } from '../../../../src/cluster/kinds.ts';
import { parseWorkload } from '../../../../src/domain/kinds/pod.ts';
import { problemText } from '../../../../src/domain/problem.ts';
import type { KubeObject } from '../../../support/cluster.ts';
import { withOddFields, withOddMeshConfig } from '../../../support/odd-fields.ts';

const SPECS: Readonly<Record<WatchedKind, object>> = {
  EgressIntent: {
    allow: [
      { service: { name: 'api' }, ports: [{ port: 80 }] },
      { host: 'www.example.com' },
      { cidr: '192.0.2.1', ports: [{ port: 1 }] },
    ],
  },
  Sidecar: { egress: [{ hosts: ['./*'] }] },
  ServiceEntry: {
    hosts: ['www.example.com'],
    ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
    endpoints: [{ address: '192.0.2.1' }],
  },
  Service: { ports: [{ port: 80, name: 'http' }] },
  CustomResourceDefinition: {},
  Namespace: {},
  Pod: {},
  HostNetworkPod: {},
  ConfigMap: {},
  VirtualService: {
    hosts: ['api'],
    http: [{ match: [{ uri: { prefix: '/' } }], route: [{ destination: { host: 'api' } }] }],
    tls: [{ match: [{ sniHosts: ['api.example.com'] }], route: [{ destination: { host: 'web' } }] }],
  },
  DestinationRule: {
    host: 'api',
    trafficPolicy: { loadBalancer: { simple: 'PASSTHROUGH' } },
    subsets: [{ name: 'v1' }],
  },
  EnvoyFilter: { configPatches: [{ applyTo: 'CLUSTER' }] },
  HTTPRoute: {
    parentRefs: [{ group: '', kind: 'Service', name: 'api' }],
    rules: [{ matches: [{ path: { value: '/' } }], backendRefs: [{ name: 'web', port: 80 }] }],
  },
  GRPCRoute: {
    parentRefs: [{ group: '', kind: 'Service', name: 'api' }],
    rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
  },
  TLSRoute: {
    parentRefs: [{ group: '', kind: 'Service', name: 'api' }],
    hostnames: ['api.example.com'],
    rules: [{ backendRefs: [{ name: 'web', port: 443 }] }],
  },
  TCPRoute: {
    parentRefs: [{ group: '', kind: 'Service', name: 'api' }],
    rules: [{ backendRefs: [{ name: 'web', port: 9000 }] }],
  },
  Telemetry: {},
  AuthorizationPolicy: {},
  RequestAuthentication: { jwtRules: [{ issuer: 'a', jwksUri: 'https://keys.example.com/jwks' }] },
};

const objectOf = (kind: string, spec: object): KubeObject => ({
  apiVersion: 'any/v1',
  kind,
  metadata: { name: kind === 'ConfigMap' ? 'istio' : 'a', namespace: 'shop' },
  ...(kind === 'ConfigMap' ? { data: { mesh: '{}' } } : { spec }),
});

/** The object as it was, apart from its spec as the API server returns it. */
const meaningOf = (value: object | undefined) => value && { ...value, spec: undefined };
const parsed = (kind: WatchedKind, raw: unknown) => meaningOf(KINDS[kind].parse(raw));
const readMesh = (mesh: object) =>
  KINDS.ConfigMap.parse({
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh: JSON.stringify(mesh) },
  });
const meshProblems = (mesh: unknown, name = 'istio') =>
  KINDS.ConfigMap.parse
    .problemsOf({ metadata: { name, namespace: 'istio-system' }, data: { mesh } })
    .map(problemText);
const seeds = fc.integer({ min: 0, max: 1_000_000 });

describe.each(WATCHED_KINDS)('%s', (kind) => {
  const object = objectOf(kind, SPECS[kind]);

  test('with odd fields is read as without them', () => {
    const plain = parsed(kind, object);
    expect(plain).toBeDefined();
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(parsed(kind, withOddFields(object, seed))).toEqual(plain);
      }),
    );
  });

  test.each([
    ['a name of another type', { name: 5 }, 'metadata.name: must be of type string, not number'],
    [
      'labels of another type',
      { name: 'istio', labels: ['a'] },
      'metadata.labels: must be of type record, not array',
    ],
    [
      'a label of another type',
      { name: 'istio', labels: { app: 5 } },
      'metadata.labels.app: must be of type string, not number',
    ],
  ])('with %s says why it cannot be read, where it reads that', (_what, metadata, problem) => {
    const odd = { ...object, metadata: { namespace: 'shop', ...metadata } };
    const isLeftOut = kind === 'ConfigMap' || KINDS[kind].parse(odd) !== undefined;
    expect(KINDS[kind].parse.problemsOf(odd).map(problemText)).toEqual(isLeftOut ? [] : [problem]);
    expect(KINDS[kind].parse.problemsOf(object)).toEqual([]);
  });
});

test('the odd fields of a seed are many and null or empty', () => {
  const texts = Array.from({ length: 50 }, (_value, seed) =>
    JSON.stringify(WATCHED_KINDS.map((kind) => withOddFields(objectOf(kind, SPECS[kind]), seed))),
  );
  for (const part of [
    '"creationTimestamp":null',
    '"annotations":null',
    '"annotations":{}',
    '"exportTo":[]',
    '"uid":""',
    '"protocol":null',
  ])
    expect(texts.some((text) => text.includes(part))).toBe(true);
});

test('MeshConfig with odd fields is read as without them', () => {
  const mesh = { extensionProviders: [{ name: 'a', zipkin: { service: 'b', port: 1 } }] };
  fc.assert(
    fc.property(seeds, (seed) => {
      expect(readMesh(withOddMeshConfig(mesh, seed))).toEqual(readMesh(mesh));
      expect(readMesh(withOddMeshConfig({}, seed))).toEqual(readMesh({}));
    }),
  );
});

test('a Deployment with odd fields is read as without them', () => {
  const deployment = objectOf('Deployment', { template: { metadata: { name: 'x' } } });
  expect(parseWorkload(deployment)).toMatchObject({ labels: {} });
  fc.assert(
    fc.property(seeds, (seed) => {
      expect(parseWorkload(withOddFields(deployment, seed))).toEqual(parseWorkload(deployment));
    }),
  );
});

describe('null as an item of a list is refused, as by the API server', () => {
  test.each([
    ['Service', { ports: [null] }, 'spec.ports[0]: must be of type object, not null'],
    ['ServiceEntry', { hosts: [null] }, 'spec.hosts[0]: must be of type string, not null'],
    ['VirtualService', { http: [null] }, 'spec.http[0]: must be of type object, not null'],
    [
      'Sidecar',
      { egress: [{ hosts: ['./*', null] }] },
      'spec.egress[0].hosts[1]: must be of type string, not null',
    ],
    [
      'DestinationRule',
      { host: 'a', exportTo: [null] },
      'spec.exportTo[0]: must be of type string, not null',
    ],
  ] as const)('%s %j', (kind, spec, problem) => {
    const raw = { metadata: { name: 'a' }, spec };
    expect(KINDS[kind].parse(raw)).toBeUndefined();
    expect(KINDS[kind].parse.problemsOf(raw).map(problemText)).toEqual([problem]);
  });
});

describe('a MeshConfig', () => {
  test.each([
    ['that is no YAML', 'a: [', /^data\.mesh: is not YAML: /],
    ['that is no mapping', 'text', /^data\.mesh: must be of type object, not string$/],
    [
      'with a field of another type',
      'rootNamespace: [a]',
      /^data\.mesh\.rootNamespace: must be of type string, not array$/,
    ],
    [
      'with a provider that has a number for a name',
      'extensionProviders: [{ name: 5 }]',
      /^data\.mesh\.extensionProviders\[0\]\.name: must be of type string, not number$/,
    ],
    ['that is no text', 5, /^data\.mesh: must be of type string, not number$/],
  ])('%s says why it cannot be read', (_what, mesh, expected) => {
    expect(meshProblems(mesh).join()).toMatch(expected);
  });

  test('is looked for in ConfigMaps of istiod that hold one only', () => {
    expect([meshProblems('a: [', 'grafana'), meshProblems(null), meshProblems(undefined)]).toEqual([
      [],
      [],
      [],
    ]);
  });
});
