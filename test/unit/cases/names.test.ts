// Cases of names that Istio refuses, names of Services, reserved ports and likely mistakes. Each stands for its kind, so each has variants:
// another field, another object, another spelling.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { SidecarSpec } from '../../../src/domain/kinds/sidecar.ts';
import { isNameable } from '../../../src/domain/istio/nameable.ts';
import { compiled, settingsWith } from '../../support/compiler.ts';
import type { SettingsInput } from '../../../src/domain/settings.ts';

type Edits = readonly (readonly [from: string, to: string])[];

/** The codes by entry (`0 HostIsService`), and the Sidecars, of a case in which texts are replaced. */
function outcomeOf(name: string, edits: Edits = [], namespace = 'red', settings: SettingsInput = {}) {
  const input = edits.reduce(
    (text, [from, to]) => {
      expect(text).toContain(from);
      return text.replaceAll(from, () => to);
    },
    readFileSync(join(import.meta.dirname, '../../cases', `${name}.yaml`), 'utf8'),
  );
  const objects = parseAllDocuments(input).map((document): unknown => document.toJS());
  const { compilation } = compiled(objects, namespace, settingsWith(settings));
  const specs: readonly SidecarSpec[] = compilation.sidecars.map(({ spec }) => spec);
  const hosts = specs.flatMap(({ egress }) => egress.flatMap((listener) => listener.hosts));
  expect(hosts.filter((host) => !isNameable(host))).toEqual([]);
  return {
    codes: compilation.diagnostics.map(({ code, entry }) => `${entry ?? '-'} ${code}`),
    diagnostics: compilation.diagnostics,
    sidecars: specs.length,
    hosts,
  };
}

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
    const edited = outcomeOf('39-single-label-se-own-ns', [['\n    ports: [{ port: 3306 }]', '']]);
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
    ['variant: by IPv6', [['"203.0.113.10"', '"2001:db8::1"']]],
    ['variant: a partial wildcard', [['"203.0.113.10"', '"*-api.example.com"']]],
    ['variant: with an underscore', [['"203.0.113.10"', '"a_b.example.com"']]],
  ] satisfies readonly (readonly [string, Edits])[])('%s', (_what, edits) => {
    const { hosts, sidecars } = outcomeOf('47-gateway-vs-by-ip', edits);
    expect(sidecars).toBe(1);
    expect(hosts).toEqual(['green/*', 'kube-system/kube-dns.kube-system.svc.cluster.local']);
  });
});

describe('12-root-namespace: no intent governs the whole mesh', () => {
  const NAMESPACE = 'namespace: istio-system';
  const meshConfig = (name: string, root: string): string =>
    `\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: istio-system }\ndata: { mesh: "rootNamespace: ${root}" }\n`;
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

describe('36-knative-wildcard-cluster: a Service is no outside host', () => {
  test('as it is', () => {
    const refused = [0, 1, 2, 3].map((entry) => `${entry} HostIsService`);
    expect(outcomeOf('36-knative-wildcard-cluster').codes).toEqual(refused);
  });

  const codesFor = (host: string, settings: SettingsInput = {}): readonly string[] =>
    outcomeOf('36-knative-wildcard-cluster', [['payments.shop', `"${host}"`]], 'red', settings).codes.filter(
      (code) => code === '3 HostIsService',
    );

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
    expect(codesFor(host)).toEqual(['3 HostIsService']);
  });

  test('variant: under another cluster domain', () => {
    expect(codesFor('*.corp.example', { clusterDomain: 'k8s.corp.example' })).toEqual(['3 HostIsService']);
    expect(codesFor('api.corp.example', { clusterDomain: 'k8s.corp.example' })).toEqual([]);
  });

  test.each(['other.shop', 'www.example.com', '*.example.com', 'a.localhost.example', 'svc.example.com'])(
    'an outside host: %s',
    (host) => {
      expect(codesFor(host)).toEqual([]);
    },
  );
});

describe('25-kiali-istiod-15014: only what every proxy keeps is refused', () => {
  const codesFor = (port: number): readonly string[] =>
    outcomeOf('25-kiali-istiod-15014', [['15014', `${port}`]], 'kiali').codes;

  test.each([15000, 15002, 15004, 15008, 15010, 15012, 15014, 15017, 15020, 15053, 15091])(
    'port %i is granted',
    (port) => {
      expect(codesFor(port)).toEqual([]);
    },
  );

  test.each([15001, 15006, 15021, 15090])('port %i is refused', (port) => {
    expect(codesFor(port)).toEqual(['- InvalidIntent']);
  });
});

describe('03c-postgres-as-tls: protocols without a server name', () => {
  test('as it is', () => {
    const { codes } = outcomeOf('03c-postgres-as-tls', [], 'shop');
    expect(codes).toEqual(['0 PortUsuallyTcp', '1 PortUsuallyTcp', '1 PortUsuallyTcp', '2 PortUsuallyTcp']);
  });

  const codesFor = (port: number, protocol: string): readonly string[] =>
    outcomeOf(
      '03c-postgres-as-tls',
      [['5432, protocol: TLS', `${port}, protocol: ${protocol}`]],
      'shop',
    ).codes.filter((code) => code === '0 PortUsuallyTcp');

  test.each([
    [21, 'TLS'],
    [25, 'HTTP'],
    [110, 'TLS'],
    [143, 'GRPC'],
    [389, 'TLS'],
    [587, 'HTTP2'],
    [3306, 'HTTP'],
    [3128, 'HTTP'],
  ] as const)('variant: port %i as %s', (port, protocol) => {
    expect(codesFor(port, protocol)).toEqual(['0 PortUsuallyTcp']);
  });

  test.each([
    [5432, 'TCP'],
    [465, 'TLS'],
    [993, 'TLS'],
    [636, 'TLS'],
    [8888, 'HTTP'],
    [8443, 'TLS'],
  ] as const)('not warned: port %i as %s', (port, protocol) => {
    expect(codesFor(port, protocol)).toEqual([]);
  });
});

describe('the other cases', () => {
  test('26-externalname: an address is granted with cidr', () => {
    const { diagnostics } = outcomeOf('26-externalname');
    expect(diagnostics).toMatchObject([
      { code: 'ExternalNameOutsideMesh', grantedBy: 'host' },
      { code: 'ExternalNameOutsideMesh', grantedBy: 'host' },
      { code: 'ExternalNameOutsideMesh', grantedBy: 'cidr' },
    ]);
  });

  test.each([
    ['2001:db8::1', 'cidr'],
    ['10.0.0.1', 'cidr'],
    ['db', undefined],
    ['a_b.example.com', undefined],
  ])('26 variant: to %s', (target, grantedBy) => {
    const { diagnostics } = outcomeOf('26-externalname', [['192.0.2.9', `"${target}"`]]);
    expect(diagnostics.find(({ entry }) => entry === 2)).toEqual({
      code: 'ExternalNameOutsideMesh',
      intent: 'web',
      entry: 2,
      service: 'red/my-ip',
      host: target,
      ...(grantedBy === undefined ? {} : { grantedBy }),
    });
  });

  test('54-vm-entry-in-cluster-domain: the ServiceEntry is named', () => {
    expect(outcomeOf('54-vm-entry-in-cluster-domain').diagnostics).toMatchObject([
      { code: 'ServiceNotFound', intent: 'b', registered: { serviceEntry: 'vms/productpage' } },
    ]);
  });

  test.each([
    ['not exported', [['spec:\n  hosts', 'spec:\n  exportTo: ["."]\n  hosts']]],
    ['another host', [['hosts: [productpage.vms', 'hosts: [other.vms']]],
    [
      'another namespace',
      [['metadata: { name: productpage, namespace: vms,', 'metadata: { name: productpage, namespace: x,']],
    ],
  ] satisfies readonly (readonly [string, Edits])[])('54 variant: %s, so it is not', (_what, edits) => {
    const found = outcomeOf('54-vm-entry-in-cluster-domain', edits).diagnostics.find(
      ({ intent }) => intent === 'b',
    );
    expect(found).toEqual({ code: 'ServiceNotFound', intent: 'b', entry: 0, service: 'vms/productpage' });
  });

  test('55-dns-capture-optout: told, as without DNS capture', () => {
    expect(outcomeOf('55-dns-capture-optout').codes).toEqual(['1 PortNotGranted']);
  });

  test.each([
    [
      'one of the two opted out',
      [
        [
          'name: b, namespace: blue, creationTimestamp: "2023-01-01T00:00:00Z", labels: { networking.istio.io/enable-autoallocate-ip: "false" }',
          'name: b, namespace: blue',
        ],
      ],
    ],
    ['the label says true', [['enable-autoallocate-ip: "false"', 'enable-autoallocate-ip: "true"']]],
    [
      'each has an address',
      [['resolution: DNS, ports', 'resolution: STATIC, addresses: [192.0.2.1], ports']],
    ],
  ] satisfies readonly (readonly [string, Edits])[])(
    '55 variant: %s, so both are granted',
    (_what, edits) => {
      expect(outcomeOf('55-dns-capture-optout', edits).hosts).toContain('blue/db2.example.com');
    },
  );

  test('59-wildcard-tcp-closed-and-captured: only cidr or exact hosts', () => {
    expect(outcomeOf('59-wildcard-tcp-closed-and-captured').codes).toEqual(['0 TcpHostNeedsAddress']);
  });
});
