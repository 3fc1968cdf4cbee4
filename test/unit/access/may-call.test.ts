// Single calls of the kinds that the random worlds leave out: further names of a host, foreign Sidecars, addresses.
import { expect, test } from 'vitest';
import { mayCall, type Call } from '../../../src/access/may-call.ts';
import { compiled, liveObject } from '../../support/compiler.ts';

const LABELS = { app: 'web' };

const intent = (name: string, allow: readonly object[]) => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'shop' },
  spec: { workloadSelector: { matchLabels: LABELS }, allow },
});

const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'pay' },
  spec,
});

const API = service('api', {
  clusterIP: '10.96.0.10',
  ports: [
    { name: 'http', port: 80 },
    { name: 'http-admin', port: 9090 },
  ],
});

const NAMESPACE_DEFAULT = { ...intent('default', []), spec: { allow: [] } };

const answer = (objects: readonly object[], call: Call) =>
  mayCall(LABELS, call, compiled([API, ...objects], 'shop'));

const HOST = 'api.pay.svc.cluster.local';

test('names every entry that grants the port, and no entry that grants only another port of the host', () => {
  const objects = [
    intent('a', [{ service: { name: 'api', namespace: 'pay' }, ports: [{ port: 80 }] }]),
    intent('b', [
      { host: 'www.example.com' },
      { service: { name: 'api', namespace: 'pay' }, ports: [{ port: 9090 }] },
    ]),
    intent('c', [{ namespace: { name: 'pay' } }]),
  ];
  expect(answer(objects, { host: HOST, port: 80 })).toEqual({
    kind: 'allowed',
    entries: [
      { intent: 'a', entry: 0 },
      { intent: 'c', entry: 0 },
    ],
  });
  expect(answer(objects, { host: HOST, port: 9090 })).toEqual({
    kind: 'allowed',
    entries: [
      { intent: 'b', entry: 1 },
      { intent: 'c', entry: 0 },
    ],
  });
});

test('allows the platform hosts without an entry', () => {
  const dns = { ...service('kube-dns', { clusterIP: '10.96.0.2', ports: [{ name: 'dns-tcp', port: 53 }] }) };
  const object = { ...dns, metadata: { name: 'kube-dns', namespace: 'kube-system' } };
  const call = { host: 'kube-dns.kube-system.svc.cluster.local', port: 53 };
  expect(answer([object, intent('a', [])], call)).toEqual({ kind: 'allowed', entries: [] });
});

test('allows a host by the name of an ExternalName Service that leads to it', () => {
  const alias = service('alias', { type: 'ExternalName', externalName: HOST });
  const objects = [alias, intent('a', [{ service: { name: 'alias', namespace: 'pay' } }])];
  expect(answer(objects, { host: 'alias.pay.svc.cluster.local', port: 80 })).toEqual({
    kind: 'allowed',
    entries: [{ intent: 'a', entry: 0 }],
  });
});

test.each([
  ['203.0.113.7', 5432, 'allowed'],
  ['203.0.113.7', 80, 'blocked'],
  ['203.0.114.7', 5432, 'blocked'],
  ['2001:db8::1', 5432, 'blocked'],
  ['not an address', 5432, 'blocked'],
])('answers for %s:%i that a range is %s', (host, port, kind) => {
  const objects = [intent('a', [{ cidr: '203.0.113.0/24', ports: [{ port: 5432 }] }])];
  expect(answer(objects, { host, port }).kind).toBe(kind);
});

test('blocks a Service that does not exist', () => {
  const objects = [intent('a', [{ service: { name: 'missing', namespace: 'pay' } }])];
  expect(answer(objects, { host: 'missing.pay.svc.cluster.local', port: 80 })).toEqual({ kind: 'blocked' });
});

test('does not examine a foreign Sidecar that governs the pod', () => {
  const foreign = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: 'own', namespace: 'shop', creationTimestamp: '2020-01-01T00:00:00Z' },
    spec: { workloadSelector: { labels: LABELS }, egress: [{ hosts: ['*/*'] }] },
  };
  expect(answer([foreign, intent('a', [])], { host: HOST, port: 80 })).toEqual({
    kind: 'foreign',
    sidecar: 'shop/own',
  });
});

test('does not answer from the intents while the Sidecar of the pod is withheld', () => {
  const allow = [{ service: { name: 'api', namespace: 'pay' } }];
  const owned = { ...intent('a', allow).metadata, uid: 'uid-a' };
  const before = { ...intent('a', allow), metadata: owned };
  const { manifests } = compiled([API, before], 'shop');
  const unreadable = { ...before, spec: { allow: [{ nonsense: true }] } };
  const live = manifests.map((manifest) => liveObject(manifest));
  const call = { host: HOST, port: 80 };
  expect(answer([...live, unreadable, intent('b', allow)], call)).toEqual({
    kind: 'withheld',
    sidecar: `shop/${manifests[0]?.metadata.name}`,
  });
});

test.each([
  { others: 'no other intent', also: [] },
  { others: 'a namespace default', also: [NAMESPACE_DEFAULT] },
])(
  'does not answer from the intents while the only intent of a Sidecar is invalid, with $others',
  ({ also }) => {
    const { metadata } = intent('a', []);
    const before = { ...intent('a', []), metadata: { ...metadata, uid: 'uid-a' } };
    const { manifests } = compiled([API, before], 'shop');
    const live = manifests.map((manifest) => liveObject(manifest));
    const invalid = { ...before, spec: { allow: [{ nonsense: true }] } };
    expect(answer([...live, invalid, ...also], { host: HOST, port: 80 })).toEqual({
      kind: 'withheld',
      sidecar: `shop/${manifests[0]?.metadata.name}`,
    });
  },
);

test('answers unrestricted for a pod that no Sidecar governs', () => {
  expect(answer([], { host: HOST, port: 80 })).toEqual({ kind: 'unrestricted' });
});
