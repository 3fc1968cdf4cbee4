// One host name that two namespaces register: which host stays, and what is unreachable.
import { describe, expect, test } from 'vitest';
import type { Destination } from '../../../../src/compile/sidecar/destination.ts';
import { dropHostnameCollisions } from '../../../../src/compile/sidecar/hostname-collisions.ts';
import type { RegisteredHost } from '../../../../src/domain/istio/registered-host.ts';
import {
  destination,
  grantedInOrder,
  http,
  ISTIO_1_29,
  ISTIO_1_31,
  registered,
  registryOf,
  tls,
} from '../../../support/registered-hosts.ts';

const BLUE = registered('blue/www.example.com', { ports: [tls(443)], addressing: 'name' });
const GREEN = registered('green/www.example.com', { ports: [tls(443)], addressing: 'name' });
const [blue, green] = [destination('blue/www.example.com'), destination('green/www.example.com')];

/** `destinations` were granted in order; the namespaces in `answering` answer without intents in that order. */
const dropped = (
  destinations: readonly Destination[],
  hosts: readonly RegisteredHost[],
  features = ISTIO_1_31,
  answering: readonly string[] = [],
) => {
  const granted = destinations.flatMap(({ host }) => [host, host.replace('*', 'www.example.com')]);
  const result = dropHostnameCollisions(
    destinations,
    registryOf(...hosts),
    features,
    grantedInOrder(...granted),
    (_host, namespace) => answering.indexOf(namespace),
  );
  return {
    destinations: result.destinations.map(({ host }) => host),
    exclusions: result.exclusions,
    dependents: result.dependents.map(({ host, port, keptHost }) => `${host}:${port} on ${keptHost}`),
    conflicts: result.conflicts.map(({ host, port, reason }) => ({ host, port, ...reason })),
  };
};

test('hosts of different names, and hosts of one namespace, do not collide', () => {
  const destinations = [blue, destination('green/api.example.com')];
  expect(dropped(destinations, [BLUE, registered('green/api.example.com')])).toMatchObject({
    destinations: ['blue/www.example.com', 'green/api.example.com'],
    conflicts: [],
  });
  const twice = [BLUE, { ...BLUE, ports: [http(80)] }];
  expect(dropped([destination('blue/*')], twice)).toMatchObject({ destinations: ['blue/*'], conflicts: [] });
});

describe('of two hosts with one name', () => {
  const WITH_HTTP = { ...GREEN, ports: [tls(443), http(80)] };

  test('the older one stays, and a port that only the other one has is unreachable', () => {
    expect(dropped([blue, green], [BLUE, WITH_HTTP])).toEqual({
      destinations: ['blue/www.example.com'],
      exclusions: [],
      dependents: ['green/www.example.com:443 on blue/www.example.com'],
      conflicts: [
        { host: 'green/www.example.com', port: 80, kind: 'duplicateHost', hosts: ['blue/www.example.com'] },
      ],
    });
    expect(dropped([green, blue], [BLUE, WITH_HTTP]).destinations).toEqual(['green/www.example.com']);
  });

  test('both stay if they have the same ports and are matched by name', () => {
    expect(dropped([blue, green], [BLUE, GREEN])).toMatchObject({
      destinations: ['blue/www.example.com', 'green/www.example.com'],
      conflicts: [],
    });
  });

  test('the younger one is dropped if it has an address, though the ports are the same', () => {
    expect(dropped([blue, green], [BLUE, { ...GREEN, addressing: 'address' }])).toMatchObject({
      destinations: ['blue/www.example.com'],
      conflicts: [{ host: 'green/www.example.com', port: 443 }],
    });
  });

  test('the younger one is excluded if a wildcard imports it', () => {
    expect(dropped([blue, destination('green/*')], [BLUE, WITH_HTTP])).toMatchObject({
      destinations: ['blue/www.example.com', 'green/*'],
      exclusions: ['~green/www.example.com'],
      conflicts: [{ host: 'green/www.example.com', port: 80 }],
    });
  });

  test('both have unreachable ports if this version of Istio cannot exclude the younger one', () => {
    const result = dropped(
      [blue, destination('green/*')],
      [BLUE, { ...GREEN, ports: [http(80)] }],
      ISTIO_1_29,
    );
    expect(result).toMatchObject({
      destinations: ['blue/www.example.com', 'green/*'],
      exclusions: [],
      conflicts: [
        { host: 'green/www.example.com', port: 80 },
        { host: 'blue/www.example.com', port: 443 },
      ],
    });
  });
});

describe('a host that an external wildcard imports without granting it', () => {
  const wildcard = registered('green/*.example.com', { ports: [tls(443)], addressing: 'name' });
  const destinations = [destination('green/*.example.com'), blue];

  test('gives way to a granted host, however young, and is not missed', () => {
    expect(dropped(destinations, [wildcard, { ...GREEN, ports: [http(443)] }, BLUE])).toEqual({
      destinations: ['green/*.example.com', 'blue/www.example.com'],
      exclusions: ['~green/www.example.com'],
      dependents: [],
      conflicts: [],
    });
  });

  test('counts only on the ports of the wildcard', () => {
    const result = dropped(destinations, [wildcard, { ...GREEN, ports: [tls(443), http(80)] }, BLUE]);
    expect(result).toMatchObject({ exclusions: [], conflicts: [] });
  });
});

describe('the younger one stays if it answers without intents and has every port', () => {
  const MORE = { ...GREEN, ports: [tls(443), tls(8443)] };
  test('which takes no port', () => {
    const kept = dropped([blue, green], [BLUE, MORE], ISTIO_1_31, ['green', 'blue']);
    expect(kept).toMatchObject({ destinations: ['green/www.example.com'], conflicts: [] });
  });

  test.each<[string, readonly RegisteredHost[], readonly string[]]>([
    ['the other one answers', [BLUE, MORE], ['blue', 'green']],
    ['it lacks a port', [{ ...BLUE, ports: [tls(443), http(80)] }, MORE], ['green', 'blue']],
    ['it has a port with another protocol', [{ ...BLUE, ports: [http(443)] }, MORE], ['green', 'blue']],
    ['it answers at addresses only', [BLUE, { ...MORE, addressing: 'address' }], ['green', 'blue']],
    ['the other one is no ServiceEntry', [BLUE, MORE], ['green']],
  ])('not if %s', (_title, hosts, answering) => {
    expect(dropped([blue, green], hosts, ISTIO_1_31, answering).destinations).toEqual([
      'blue/www.example.com',
    ]);
  });

  test('not on a port of it that is not granted', () => {
    const twoPorts = { ...BLUE, ports: [tls(443), tls(8443)] };
    const limited = { ...green, ports: [443] };
    const kept = dropped([blue, limited], [twoPorts, MORE], ISTIO_1_31, ['green', 'blue']);
    expect(kept.destinations).toEqual(['blue/www.example.com']);
  });
});
