// A wildcard also imports the exact hosts below it: how it is kept to what it was granted.
import { describe, expect, test } from 'vitest';
import type { Destination } from '../../../../src/compile/sidecar/destination.ts';
import { narrowWildcards } from '../../../../src/compile/sidecar/wildcard-hosts.ts';
import type { RegisteredHost } from '../../../../src/domain/istio/registered-host.ts';
import {
  destination,
  http,
  ISTIO_1_29,
  ISTIO_1_31,
  registered,
  registryOf,
  tls,
} from '../../../support/registered-hosts.ts';

const WILDCARD = 'shop/*.example.com';
const wildcard = registered(WILDCARD, { ports: [tls(443), tls(8443)], addressing: 'name' });
const below = (given: Partial<RegisteredHost>) =>
  registered('shop/a.example.com', { addressing: 'name', ...given });

const narrowed = (
  hosts: readonly RegisteredHost[],
  destinations: readonly Destination[] = [destination(WILDCARD)],
  features = ISTIO_1_31,
) => {
  const {
    destinations: after,
    exclusions,
    spoofable,
  } = narrowWildcards(destinations, registryOf(...hosts), features, () => false);
  return {
    ports: after.find(({ host }) => host === WILDCARD)?.ports,
    exclusions,
    spoofable: spoofable.map(({ host }) => host),
  };
};
const UNCHANGED = { ports: 'every', exclusions: [], spoofable: [] };

describe('a host below a wildcard remains imported', () => {
  test.each([
    ['if it has only ports of the wildcard', below({ ports: [tls(443)] }), []],
    [
      'if it is granted itself on every port',
      below({ ports: [http(80)] }),
      [destination('shop/a.example.com')],
    ],
    [
      'if it is granted itself on all the ports that it has',
      below({ ports: [http(80)] }),
      [destination('shop/a.example.com', { ports: [80], complete: true })],
    ],
  ])('%s', (_title, host, granted) => {
    expect(narrowed([wildcard, host], [destination(WILDCARD), ...granted])).toEqual(UNCHANGED);
  });
});

describe('a host below a wildcard is excluded', () => {
  const EXCLUDED = { ...UNCHANGED, exclusions: ['~shop/a.example.com'] };

  test.each([
    ['if it has a port that the wildcard does not have', below({ ports: [tls(443), http(80)] })],
    ['if it has a port of the wildcard with another protocol', below({ ports: [http(443)] })],
    [
      'if clients choose its address, but not that of the wildcard',
      below({ ports: [tls(443)], passthrough: true }),
    ],
  ])('%s', (_title, host) => {
    expect(narrowed([wildcard, host])).toEqual(EXCLUDED);
  });
});

test('a host that is granted on some of its ports only is excluded from the wildcard', () => {
  const host = below({ ports: [http(80), http(8080)] });
  const destinations = [destination(WILDCARD), destination('shop/a.example.com', { ports: [80] })];
  expect(narrowed([wildcard, host], destinations)).toEqual({
    ...UNCHANGED,
    exclusions: ['~shop/a.example.com'],
  });
});

describe('the wildcard is limited to its ports instead', () => {
  test('if this version of Istio cannot exclude', () => {
    expect(narrowed([wildcard, below({ ports: [http(80)] })], undefined, ISTIO_1_29)).toEqual({
      ports: [443, 8443],
      exclusions: [],
      spoofable: [],
    });
  });

  test('if the host is a wildcard above a host that is granted', () => {
    const inner = registered('shop/*.a.example.com', { ports: [http(80)], addressing: 'name' });
    const destinations = [destination(WILDCARD), destination('shop/x.a.example.com', { ports: [80] })];
    const exact = registered('shop/b.example.com', { ports: [http(80)], addressing: 'name' });
    expect(narrowed([wildcard, inner, exact], destinations)).toMatchObject({
      ports: [443, 8443],
      exclusions: [],
    });
  });

  test('which leaves a host below it spoofable on the ports of the wildcard', () => {
    const host = below({ ports: [tls(443)], passthrough: true });
    expect(narrowed([wildcard, host], undefined, ISTIO_1_29)).toEqual({
      ports: [443, 8443],
      exclusions: [],
      spoofable: ['shop/a.example.com'],
    });
  });

  test('which leaves a host spoofable below a wildcard that goes where the client dials, but at its own address', () => {
    const addressed = registered(WILDCARD, { ports: [tls(443)], addressing: 'address', passthrough: true });
    const host = below({ ports: [tls(443)], passthrough: true });
    expect(narrowed([addressed, host], undefined, ISTIO_1_29)).toEqual({
      ports: [443],
      exclusions: [],
      spoofable: ['shop/a.example.com'],
    });
  });
});

test('a wildcard that is limited already stays as it is', () => {
  const destinations = [destination(WILDCARD, { ports: [443] })];
  expect(narrowed([wildcard, below({ ports: [http(80)] })], destinations)).toEqual({
    ...UNCHANGED,
    ports: [443],
  });
});

test('a namespace grants every host below it, so nothing is excluded', () => {
  const destinations = [destination('shop/*')];
  const result = narrowWildcards(
    destinations,
    registryOf(wildcard, below({ ports: [http(80)] })),
    ISTIO_1_31,
    () => false,
  );
  expect(result).toEqual({ destinations, exclusions: [], spoofable: [], conflicts: [] });
});
