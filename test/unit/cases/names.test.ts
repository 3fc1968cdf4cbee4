// Cases of names that Istio refuses, and of names of Services. Each stands for its kind, so each has variants: another field, another object,
// another spelling.
import { describe, expect, test } from 'vitest';
import type { SettingsInput } from '../../../src/domain/settings.ts';
import { outcomeOf, type Edits } from '../../support/case-outcome.ts';

describe('39 and 43: what a Sidecar may not say is left out and told, and the rest is written', () => {
  test('39-single-label-se-own-ns', () => {
    const { codes, hosts } = outcomeOf('39-single-label-se-own-ns');
    expect(codes).toEqual(['0 HostNotNameable', '1 HostNotNameable']);
    expect(hosts).toContain('red/*.red.svc.cluster.local');
  });

  test('43-partial-wildcards-own-ns', () => {
    const { codes, hosts } = outcomeOf('43-partial-wildcards-own-ns');
    expect(codes).toEqual(['0 HostNotNameable', '0 HostNotNameable', '0 HostSpoofable']);
    expect(hosts).toContain('red/*.com');
  });

  test.each([
    'VMDB',
    '10',
    '*vmdb.example.com',
    '*-db.example.com',
    '192.0.2.7',
    'a_b.example.com',
    '2001:db8::1',
  ])('variant: the ServiceEntry of the own namespace registers %s', (host) => {
    const edited = outcomeOf('39-single-label-se-own-ns', [
      ['hosts: [vmdb]', `hosts: ["${host}", vm.example.com]`],
    ]);
    expect(edited.codes).toEqual(['0 HostNotNameable', '1 HostNotNameable']);
    expect(edited.hosts).toContain('red/vm.example.com');
  });

  test('variant: the whole other namespace is granted, which names no host of it', () => {
    const edited = outcomeOf('39-single-label-se-own-ns', [['\n      ports: [{ port: 3306 }]', '']]);
    expect(edited.codes).toEqual(['0 HostNotNameable']);
    expect(edited.hosts).toContain('blue/*');
  });
});

describe('47-gateway-vs-by-ip: what cannot be excluded is not', () => {
  test.each([
    ['as it is', []],
    [
      'variant: for sidecars too',
      [['gateways: [istio-ingress/public]', 'gateways: [istio-ingress/public, mesh]']],
    ],
    ['variant: by IPv6', [["'203.0.113.10'", '"2001:db8::1"']]],
    ['variant: a partial wildcard', [["'203.0.113.10'", '"*-api.example.com"']]],
    ['variant: with an underscore', [["'203.0.113.10'", '"a_b.example.com"']]],
  ] satisfies readonly (readonly [string, Edits])[])('%s', (_what, edits) => {
    const { hosts, sidecars } = outcomeOf('47-gateway-vs-by-ip', edits);
    expect(sidecars).toBe(1);
    expect(hosts).toEqual(['green/*', 'kube-system/kube-dns.kube-system.svc.cluster.local']);
  });
});

const meshConfig = (name: string, root: string): string =>
  `\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: istio-system }\ndata: { mesh: "rootNamespace: ${root}" }\n`;

describe('12-root-namespace: no intent governs the whole mesh', () => {
  const NAMESPACE = 'namespace: istio-system';
  const HOST = '  - host: telemetry.example.com';
  const inMesh = (...configs: readonly string[]): Edits => [[HOST, `${HOST}${configs.join('')}`]];

  test.each([
    ['as it is', [], 'istio-system'],
    [
      'variant: another root',
      [[NAMESPACE, 'namespace: mesh'], ...inMesh(meshConfig('istio', 'mesh'))],
      'mesh',
    ],
    [
      'variant: the root of another revision',
      [
        [NAMESPACE, 'namespace: mesh'],
        ...inMesh(meshConfig('istio', 'istio-system'), meshConfig('istio-canary', 'mesh')),
      ],
      'mesh',
    ],
    ['variant: an empty selector', [['spec:', 'spec:\n  workloadSelector: {}']], 'istio-system'],
  ] satisfies readonly (readonly [string, Edits, string])[])('%s', (_what, edits, namespace) => {
    const { codes, sidecars } = outcomeOf('12-root-namespace', edits, namespace);
    expect({ codes, sidecars }).toEqual({ codes: ['- RootNamespaceDefault'], sidecars: 0 });
  });

  test.each([
    [
      'with a selector',
      [['spec:', 'spec:\n  workloadSelector: { matchLabels: { app: web } }']],
      'istio-system',
      1,
    ],
    ['in mode Audit', [['spec:', 'spec:\n  mode: Audit']], 'istio-system', 0],
    ['in another namespace', [[NAMESPACE, 'namespace: shop']], 'shop', 1],
    ['where the root is another', inMesh(meshConfig('istio', 'mesh')), 'istio-system', 1],
  ] satisfies readonly (readonly [string, Edits, string, number])[])(
    'allowed: %s',
    (_what, edits, namespace, sidecars) => {
      expect(outcomeOf('12-root-namespace', edits, namespace)).toMatchObject({ codes: [], sidecars });
    },
  );
});

describe('72-proto-root-namespace: the root namespace counts however the MeshConfig gives it', () => {
  const TEXT = '    root_namespace: cfg\n';
  const indented = (text: string): Edits => [[TEXT, `${text.replaceAll(/^/gm, '    ')}\n`]];

  test.each([
    ['as it is', 'root_namespace: cfg'],
    ['variant: in JSON', '{"root_namespace": "cfg"}'],
    [
      'variant: beside a key that stands twice',
      'rootNamespace: cfg\nenableTracing: true\nenableTracing: false',
    ],
    ['variant: twice', 'rootNamespace: istio-system\nrootNamespace: cfg'],
    ['variant: before a second document', 'rootNamespace: cfg\n---\nrootNamespace: istio-system'],
    ['variant: in a text that cannot be read', 'rootNamespace: cfg\ndefaultServiceExportTo: "."'],
    ['variant: in a text that is no YAML', 'rootNamespace: "cfg"\ndefaultServiceExportTo: ['],
    ['variant: as a list, which cannot be read', 'rootNamespace: [cfg]'],
    ['variant: by an alias in a text that cannot be read', 'x: [\nrootNamespace: &root cfg'],
  ])('%s', (_what, text) => {
    const { codes, sidecars } = outcomeOf('72-proto-root-namespace', indented(text), 'cfg');
    expect(codes).toContain('- RootNamespaceDefault');
    expect(sidecars).toBe(0);
  });

  test.each([
    ['another namespace', 'root_namespace: mesh'],
    ['a word that only contains it', 'notMyrootNamespace: cfg\na: ['],
    ['the first document', 'rootNamespace: mesh\n---\nrootNamespace: cfg'],
  ])('no root namespace is %s', (_what, text) => {
    const { codes, sidecars } = outcomeOf('72-proto-root-namespace', indented(text), 'cfg');
    expect(codes).not.toContain('- RootNamespaceDefault');
    expect(sidecars).toBe(1);
  });
});

const serviceCodesFor = (host: string, settings: SettingsInput = {}): readonly string[] =>
  outcomeOf('36-knative-wildcard-cluster', [['payments.shop', `"${host}"`]], 'red', settings).codes.filter(
    (code) => code === '3 HostIsService',
  );

describe('36-knative-wildcard-cluster: a Service is no outside host', () => {
  test('as it is', () => {
    const refused = [0, 1, 2, 3].map((entry) => `${entry} HostIsService`);
    expect(outcomeOf('36-knative-wildcard-cluster').codes).toEqual(refused);
  });

  test.each([
    'payments.shop',
    'payments.shop.svc',
    '*.shop.svc',
    'payments.shop.svc.cluster.local',
    '*.svc.cluster.local',
    'x.svc.clusterset.local',
    '*.svc.clusterset.local',
    '*.clusterset.local',
    '10-0-0-1.shop.pod.cluster.local',
    'kube-dns.kube-system',
    'PAYMENTS.Shop.SVC.',
  ])('variant: %s', (host) => {
    expect(serviceCodesFor(host)).toEqual(['3 HostIsService']);
  });

  test('variant: under another cluster domain', () => {
    expect(serviceCodesFor('*.corp.example', { clusterDomain: 'k8s.corp.example' })).toEqual([
      '3 HostIsService',
    ]);
    expect(serviceCodesFor('api.corp.example', { clusterDomain: 'k8s.corp.example' })).toEqual([]);
  });

  test.each(['other.shop', 'www.example.com', '*.example.com', 'a.localhost.example', 'svc.example.com'])(
    'an outside host: %s',
    (host) => {
      expect(serviceCodesFor(host)).toEqual([]);
    },
  );
});
