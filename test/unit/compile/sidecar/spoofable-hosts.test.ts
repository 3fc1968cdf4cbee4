// Hosts that a client can spoof only because an HTTP host of the same scope shares their port number.
import { expect, test } from 'vitest';
import { spoofableHosts } from '../../../../src/compile/sidecar/spoofable-hosts.ts';
import type { RegisteredHost } from '../../../../src/domain/istio/registered-host.ts';
import { auto, destination, http, registered, registryOf, tcp } from '../../../support/registered-hosts.ts';

const HEADLESS = registered('pay/db', {
  ports: [auto(9000), tcp(5432)],
  addressing: 'per-pod',
  passthrough: true,
});
const HTTP = registered('pay/api', { ports: [http(9000)] });

const spoofable = (...hosts: readonly RegisteredHost[]) =>
  spoofableHosts([destination('pay/db'), destination('pay/api')], registryOf(...hosts)).map(
    ({ host }) => host,
  );

test('a headless host without a declared protocol is spoofable if an HTTP host has the same port', () => {
  expect(spoofable(HEADLESS, HTTP)).toEqual(['pay/db']);
});

test.each([
  ['no HTTP host has the port', [HEADLESS, { ...HTTP, ports: [http(80)] }]],
  ['the HTTP host is not granted', [HEADLESS, { ...HTTP, host: 'other' }]],
  ['the protocol is declared', [{ ...HEADLESS, ports: [tcp(9000)] }, HTTP]],
  ['Envoy chooses the address', [{ ...HEADLESS, passthrough: false }, HTTP]],
])('it is not if %s', (_title, hosts) => {
  expect(spoofable(...hosts)).toEqual([]);
});
