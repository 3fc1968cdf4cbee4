// Two hosts without an address that speak plain TCP on one port: only one of them can be listed on it.
import { describe, expect, test } from 'vitest';
import type { Destination, GrantAge } from '../../../../src/compile/sidecar/destination.ts';
import { dropTcpCollisions } from '../../../../src/compile/sidecar/tcp-port-collisions.ts';
import { featuresOf, type Features } from '../../../../src/domain/features.ts';
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

const CURRENT = featuresOf({ major: 1, minor: 31 });
const OLDER = featuresOf({ major: 1, minor: 30 });

/** `destinations` were granted in order. */
const dropped = (
  destinations: readonly Destination[],
  hosts: readonly RegisteredHost[],
  features: Features = CURRENT,
) => {
  const age: GrantAge = (each) => destinations.indexOf(each);
  const result = dropTcpCollisions(destinations, registryOf(...hosts), features, age);
  return {
    ports: Object.fromEntries(result.destinations.map(({ host, ports }) => [host, ports])),
    ...(result.exclusions.length === 0 ? {} : { exclusions: result.exclusions }),
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

  test('a wildcard of a namespace cannot be limited: the conflict is only reported', () => {
    const namespace = destination('green/*');
    const hosts = [byName(a.host, tcp(5432)), byName(b.host, tcp(5432))];
    const age = grantedInOrder(a.host, b.host);
    const result = dropTcpCollisions([a, namespace], registryOf(...hosts), CURRENT, age);
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

const conflict = (host: string, oldest: string) => [host, 5432, expect.objectContaining({ hosts: [oldest] })];

describe('a wildcard with an address imports a host below it that has none', () => {
  const wildcard = destination('shop/*.example.com');
  const wildcardHost = registered('shop/*.example.com', { ports: [tcp(5432), tls(443)] });
  const below = byName('shop/a.example.com', tcp(5432));
  const managed: RegisteredHost = { ...below, managed: true };
  const other = byName(b.host, tcp(5432));

  test('which stays if the wildcard was granted first', () => {
    expect(dropped([wildcard, b], [wildcardHost, below, other])).toEqual({
      ports: { [wildcard.host]: 'every', [b.host]: [] },
      conflicts: [conflict(b.host, 'shop/a.example.com')],
    });
  });

  test('which is excluded if another host was granted first, where Istio can exclude it', () => {
    expect(dropped([b, wildcard], [wildcardHost, below, other])).toEqual({
      ports: { [b.host]: 'every', [wildcard.host]: 'every' },
      exclusions: ['~shop/a.example.com'],
      conflicts: [conflict('shop/a.example.com', b.host)],
    });
  });

  test('for which the wildcard loses the port, where Istio cannot exclude it', () => {
    expect(dropped([b, wildcard], [wildcardHost, below, other], OLDER)).toEqual({
      ports: { [b.host]: 'every', [wildcard.host]: [443] },
      conflicts: [conflict(wildcard.host, b.host)],
    });
  });

  test('which is excluded there, if the host itself is granted on another port only', () => {
    const itself = destination('shop/a.example.com', { ports: [8443] });
    const { ports, exclusions } = dropped([b, wildcard, itself], [wildcardHost, below, other]);
    expect(ports).toMatchObject({ [wildcard.host]: 'every', [itself.host]: [8443] });
    expect(exclusions).toEqual(['~shop/a.example.com']);
  });

  test('for which the wildcard loses the port, if the listener without a port may list the host itself', () => {
    const itself = destination('shop/a.example.com', { ports: [8443], complete: true });
    const { ports, exclusions } = dropped([b, wildcard, itself], [wildcardHost, below, other]);
    expect(ports).toMatchObject({ [wildcard.host]: [443] });
    expect(exclusions).toBeUndefined();
  });

  test('which is always excluded if other intents registered it, and nothing is lost', () => {
    expect(dropped([wildcard, b], [wildcardHost, managed, other])).toEqual({
      ports: { [wildcard.host]: 'every', [b.host]: 'every' },
      exclusions: ['~shop/a.example.com'],
      conflicts: [],
    });
  });

  test('and two such hosts below it, of which Istio uses one as it does without the intent', () => {
    const second = byName('shop/b.example.com', tcp(5432));
    const { ports, exclusions, conflicts } = dropped([wildcard], [wildcardHost, below, second]);
    expect({ ports, exclusions, conflicts }).toEqual({
      ports: { [wildcard.host]: 'every' },
      exclusions: undefined,
      conflicts: [],
    });
  });

  test('which changes nothing if no other host shares the port', () => {
    const otherPort = byName(b.host, tcp(3306));
    const unchanged = { ports: { [wildcard.host]: 'every', [b.host]: 'every' }, conflicts: [] };
    expect(dropped([b, wildcard], [wildcardHost, below, otherPort])).toEqual(unchanged);
    expect(dropped([wildcard], [wildcardHost, below])).toMatchObject({ conflicts: [] });
  });

  test.each([
    ['has an address', registered('shop/a.example.com', { ports: [tcp(5432)] })],
    ['has the port of the wildcard that is not TCP', byName('shop/a.example.com', tcp(443))],
  ])('and nothing is lost if the host below it %s', (_title, harmless) => {
    const hosts = [wildcardHost, harmless, byName(b.host, tcp(5432), tcp(443))];
    expect(dropped([b, wildcard], hosts).conflicts).toEqual([]);
  });

  test('in a listener for plain TCP the protocol of the host below does not matter', () => {
    const limited = destination(wildcard.host, { ports: [5432] });
    const tlsBelow = byName('shop/a.example.com', tls(5432));
    expect(dropped([limited, b], [wildcardHost, tlsBelow, other]).conflicts).toHaveLength(1);
    // Without a limit Istio 1.31 excludes what has another protocol than the wildcard.
    expect(dropped([wildcard, b], [wildcardHost, tlsBelow, other]).conflicts).toEqual([]);
  });
});
