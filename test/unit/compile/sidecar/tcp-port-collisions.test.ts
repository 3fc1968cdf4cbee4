// Two hosts without an address that speak plain TCP on one port: only one of them can be listed on it.
import { describe, expect, test } from 'vitest';
import type { Destination } from '../../../../src/compile/sidecar/destination.ts';
import { dropTcpCollisions } from '../../../../src/compile/sidecar/tcp-port-collisions.ts';
import type { RegisteredHost, RegisteredPort } from '../../../../src/domain/istio/registered-host.ts';
import {
  auto,
  destination,
  grantedInOrder,
  http,
  registered,
  registryOf,
  tcp,
  tls,
} from '../../../support/registered-hosts.ts';

const byName = (host: string, ...ports: readonly RegisteredPort[]) =>
  registered(host, { addressing: 'name', ports });

/** `destinations` were granted in order. */
const dropped = (destinations: readonly Destination[], hosts: readonly RegisteredHost[]) => {
  const age = grantedInOrder(...destinations.map(({ host }) => host));
  const result = dropTcpCollisions(destinations, registryOf(...hosts), age);
  return {
    ports: Object.fromEntries(result.destinations.map(({ host, ports }) => [host, ports])),
    conflicts: result.conflicts.map(({ host, port, reason }) => [host, port, reason]),
  };
};
const [a, b] = [destination('blue/a.example.com'), destination('green/b.example.com')];

describe('on a port that two such hosts share', () => {
  test('the older one stays, and the younger one keeps its other ports', () => {
    const hosts = [byName(a.host, tcp(5432)), byName(b.host, tcp(5432), tcp(3306), http(80))];
    expect(dropped([a, b], hosts)).toEqual({
      ports: { [a.host]: 'every', [b.host]: [3306, 80] },
      conflicts: [[b.host, 5432, expect.objectContaining({ kind: 'listenerConflict', hosts: [a.host] })]],
    });
    expect(dropped([b, a], hosts).ports).toEqual({ [b.host]: 'every', [a.host]: [] });
  });

  test('a wildcard cannot be limited: the conflict is only reported', () => {
    const namespace = destination('green/*');
    const hosts = [byName(a.host, tcp(5432)), byName(b.host, tcp(5432))];
    const result = dropTcpCollisions([a, namespace], registryOf(...hosts), grantedInOrder(a.host, b.host));
    expect(result.destinations).toEqual([a, namespace]);
    expect(result.conflicts).toMatchObject([{ host: b.host, port: 5432 }]);
  });
});

describe('two hosts share a port', () => {
  test.each([
    ['if one of them has an address', registered(b.host, { ports: [tcp(5432)] })],
    ['if one of them is matched by the SNI', byName(b.host, tls(5432))],
    ['if one of them is matched by the Host header', byName(b.host, http(5432))],
  ])('%s', (_title, host) => {
    expect(dropped([a, b], [byName(a.host, tcp(5432)), host]).conflicts).toEqual([]);
  });

  test('but not if one has no declared protocol, since that may be TCP', () => {
    expect(dropped([a, b], [byName(a.host, tcp(5432)), byName(b.host, auto(5432))]).conflicts).toHaveLength(
      1,
    );
  });
});
