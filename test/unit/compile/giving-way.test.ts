// A port that a host below a granted wildcard has with another protocol gives way: its owner, who may add it at any time, takes no grant from anybody.
import { expect, test } from 'vitest';
import { compiled, settingsWith } from '../../support/compiler.ts';

const entry = (name: string, hosts: readonly string[], spec: object) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name, namespace: 'blue', creationTimestamp: '2024-01-01T00:00:00Z' },
  spec: {
    hosts,
    location: 'MESH_EXTERNAL',
    resolution: 'STATIC',
    endpoints: [{ address: '10.9.9.1' }],
    ...spec,
  },
});
const intentOf = (name: string, month: string, allow: readonly object[]) => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'red', creationTimestamp: `2024-${month}-01T00:00:00Z` },
  spec: { mode: 'Enforce', allow },
});

const WILDCARD = entry('wild', ['*.ext.com'], { ports: [{ number: 443, name: 'tls', protocol: 'TLS' }] });
const BELOW = entry('below', ['a.ext.com'], {
  addresses: ['203.0.113.5'],
  ports: [
    { number: 443, name: 'tcp', protocol: 'TCP' },
    { number: 9000, name: 'tcp-2', protocol: 'TCP' },
  ],
});
const OLDER = intentOf('older', '01', [{ serviceEntry: { host: '*.ext.com', namespace: 'blue' } }]);
const YOUNGER = intentOf('younger', '02', [{ host: 'h.org', ports: [{ port: 443, protocol: 'HTTP' }] }]);

const OTHER_PODS = {
  ...intentOf('other', '01', []),
  spec: {
    mode: 'Enforce',
    workloadSelector: { matchLabels: { app: 'other' } },
    allow: [
      {
        host: 'a.ext.com',
        ports: [
          { port: 80, protocol: 'HTTP' },
          { port: 5432, protocol: 'TCP' },
        ],
      },
    ],
  },
};

const found = (...objects: readonly object[]) =>
  compiled(objects, 'red', settingsWith({ istioVersion: '1.31' })).compilation.diagnostics.map(
    ({ code, intent }) => `${code} ${intent}`,
  );

test('the younger grant stands, whether or not the host below the wildcard is registered', () => {
  expect(found(WILDCARD, OLDER, YOUNGER)).toEqual([]);
  expect(found(WILDCARD, BELOW, OLDER, YOUNGER)).toEqual(['PortNotGranted older']);
});

test('before Istio 1.31, a port is told that the host of ours lacks which a wildcard brings in', () => {
  const platform = entry('a', ['a.ext.com'], {
    ports: [
      { number: 80, name: 'http', protocol: 'HTTP' },
      { number: 443, name: 'tls', protocol: 'TLS' },
    ],
  });
  const objects = [
    { ...platform, metadata: { ...platform.metadata, namespace: 'istio-system' } },
    OTHER_PODS,
    intentOf('both', '02', [
      { serviceEntry: { host: 'a.ext.com', namespace: 'istio-system' } },
      { host: '*.ext.com', ports: [{ port: 80, protocol: 'HTTP' }] },
    ]),
  ];
  const lost = (istioVersion: string) =>
    compiled(objects, 'red', settingsWith({ istioVersion })).compilation.diagnostics.flatMap((each) =>
      each.code === 'PortNotGranted' && each.intent === 'both' && each.selector['app'] === undefined
        ? [`${each.host}:${each.port}`]
        : [],
    );
  expect(lost('1.30')).toEqual(['istio-system/a.ext.com:443']);
  expect(lost('1.31')).toEqual([]);
});
