// The ServiceEntries that accepted grants need.
import { describe, expect, test } from 'vitest';
import type { External } from '../../../../src/compile/grants/grant.ts';
import { serviceEntriesFor, wildcardDiagnostics } from '../../../../src/compile/grants/service-entries.ts';
import { normalisedHost, type HostPort } from '../../../../src/domain/network.ts';
import { cidr, snapshotOf } from '../../../support/cluster-objects.ts';
import { grant, intent } from '../../../support/registered-hosts.ts';

const [WEB, API] = [intent('web'), intent('api')];
const TLS: HostPort = { port: 443, protocol: 'TLS' };
const HTTP: HostPort = { port: 80, protocol: 'HTTP' };

const external = (host: string, ...ports: readonly HostPort[]): External => ({
  kind: 'host',
  host: normalisedHost(host),
  ports,
});
const settings = (istioVersion: string) => snapshotOf([], { istioVersion }).settings;

test('a host is registered once, with the ports and the intents of every grant', () => {
  const grants = [
    grant(WEB, { externals: [external('www.example.com', TLS)] }),
    grant(API, { externals: [external('www.example.com', HTTP, TLS)] }),
  ];
  expect(serviceEntriesFor(grants, settings('1.31'))).toEqual([
    {
      kind: 'ServiceEntry',
      name: expect.stringMatching(/^egress-intent-www-example-com-[0-9a-f]{12}$/),
      intents: [API, WEB],
      spec: {
        hosts: ['www.example.com'],
        exportTo: ['.'],
        location: 'MESH_EXTERNAL',
        resolution: 'DNS',
        ports: [
          { number: 80, name: 'http-80', protocol: 'HTTP' },
          { number: 443, name: 'tls-443', protocol: 'TLS' },
        ],
      },
    },
  ]);
});

test('each port of a range is registered by itself, with the range as address', () => {
  const range = cidr('203.0.113.0/24');
  const externals = [443, 5432].map((port): External => ({
    kind: 'cidr',
    cidr: range,
    port,
    host: `port-${port}.example.com`,
  }));
  const entries = serviceEntriesFor([grant(WEB, { externals })], settings('1.31'));
  expect(entries.map(({ spec }) => [spec.addresses, spec.resolution, spec.ports])).toEqual([
    [[range], 'NONE', [{ number: 443, name: 'tcp-443', protocol: 'TCP' }]],
    [[range], 'NONE', [{ number: 5432, name: 'tcp-5432', protocol: 'TCP' }]],
  ]);
});

describe('Envoy resolves', () => {
  test.each([
    ['an exact name', '1.29', external('www.example.com', TLS), 'DNS'],
    ['a name below a wildcard with TLS only', '1.30', external('*.example.com', TLS), 'DYNAMIC_DNS'],
    ['no name below a wildcard with HTTP', '1.31', external('*.example.com', TLS, HTTP), 'NONE'],
    ['no name below any wildcard before Istio 1.30', '1.29', external('*.example.com', TLS), 'NONE'],
  ])('%s', (_title, version, granted, resolution) => {
    const grants = [grant(WEB, { externals: [granted] })];
    const entries = serviceEntriesFor(grants, settings(version));
    expect(entries.map(({ spec }) => spec.resolution)).toEqual([resolution]);
    const diagnostics = wildcardDiagnostics(grants, entries, settings(version));
    expect(diagnostics.map(({ code }) => code)).toEqual(resolution === 'NONE' ? ['HostSpoofable'] : []);
  });
});

test('a spoofable wildcard is reported for each entry, with the version if a newer Istio would resolve its names', () => {
  const grants = [WEB, API].map((each) => grant(each, { externals: [external('*.example.com', TLS)] }));
  const old = settings('1.29');
  expect(wildcardDiagnostics(grants, serviceEntriesFor(grants, old), old)).toMatchObject([
    {
      intent: 'web',
      entry: 0,
      destination: '*.example.com',
      olderIstio: 'Istio 1.29 (setting --istio-version)',
    },
    { intent: 'api', entry: 0 },
  ]);
});
