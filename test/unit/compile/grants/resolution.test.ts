// The diagnostics that several kinds of entry share.
import { describe, expect, test } from 'vitest';
import {
  portDiagnostics,
  serviceEntryDiagnostics,
  spoofableDiagnostics,
} from '../../../../src/compile/grants/resolution.ts';
import { snapshotOf } from '../../../support/cluster-objects.ts';
import { liveServiceEntry } from '../../../support/literals.ts';
import { http, registered, tcp, tls } from '../../../support/registered-hosts.ts';

describe('ports that a host lacks are reported', () => {
  const host = registered('pay/api', { ports: [http(80), tls(8443)] });

  test.each([
    ['if the entry lists them', [80, 443], [{ code: 'PortNotFound', destination: 'pay/api', ports: [443] }]],
    ['but not if the host has them all', [80, 8443], []],
    ['but not for an entry on every port', 'every', []],
  ] as const)('%s', (_title, ports, expected) => {
    expect(portDiagnostics('pay/api', host, ports)).toEqual(expected);
  });
});

describe('a host for which Envoy does not choose the address is reported', () => {
  const passthrough = { passthrough: true };
  const REPORTED = [{ code: 'HostSpoofable', destination: 'pay/api' }];

  test.each([
    ['on an HTTP port, which is matched by the Host header', { ...passthrough, ports: [http(80)] }, REPORTED],
    [
      'on a TLS port without an address, which is matched by the SNI',
      { ...passthrough, addressing: 'name', ports: [tls(80)] },
      REPORTED,
    ],
    ['but not on a TCP port with addresses', { ...passthrough, addressing: 'per-pod', ports: [tcp(80)] }, []],
    ['but not if Envoy chooses the address', { ports: [http(80)] }, []],
    ['but not if the entry leaves the port out', { ...passthrough, ports: [http(8080)] }, []],
  ] as const)('%s', (_title, given, expected) => {
    expect(spoofableDiagnostics('pay/api', registered('pay/api', given), [80])).toEqual(expected);
  });
});

test('of a ServiceEntry with several hosts, the host of the entry is checked', () => {
  const entry = liveServiceEntry('entry', {
    hosts: ['*.example.com', 'www.example.com'],
    ports: [{ number: 443, protocol: 'TLS' }],
  });
  const diagnosticsFor = (host: string) =>
    serviceEntryDiagnostics('red/entry', entry, host, [443, 8443], snapshotOf([]));
  expect(diagnosticsFor('www.example.com')).toEqual([
    { code: 'PortNotFound', destination: 'red/entry', ports: [8443] },
  ]);
  expect(diagnosticsFor('gone.example.com')).toEqual([]);
});
