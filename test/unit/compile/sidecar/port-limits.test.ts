// Which destinations stay limited to some of their ports, and which ports get a listener.
import { describe, expect, test } from 'vitest';
import type { Destination } from '../../../../src/compile/sidecar/destination.ts';
import { limitPorts } from '../../../../src/compile/sidecar/port-limits.ts';
import type { RegisteredHost } from '../../../../src/domain/istio/registered-host.ts';
import {
  destination,
  grantedInOrder,
  http,
  registered,
  registryOf,
  tcp,
  tls,
} from '../../../support/registered-hosts.ts';

const limited = (
  destinations: readonly Destination[],
  hosts: readonly RegisteredHost[],
  exclusions: readonly string[] = [],
) => {
  const {
    destinations: after,
    planned,
    udpFirst,
  } = limitPorts(destinations, {
    registry: registryOf(...hosts),
    age: grantedInOrder(...destinations.map(({ host }) => host)),
    exclusions,
    isTlsRouted: () => false,
  });
  return {
    ports: Object.fromEntries(after.map(({ host, ports }) => [host, ports])),
    listeners: planned.map(({ port, listener }) => `${listener.kind} ${port}`),
    hosts: Object.fromEntries(
      planned.map(({ port, hosts: onPort }) => [port, onPort.map(({ host }) => host.host)]),
    ),
    udpFirst: [...udpFirst].map(({ host }) => host),
  };
};

describe('a port gets a listener', () => {
  test('if a limited destination has it, in order of port', () => {
    const { listeners } = limited(
      [destination('pay/api', { ports: [9090, 80] })],
      [registered('pay/api', { ports: [http(80), tcp(5432), http(9090)] })],
    );
    expect(listeners).toEqual(['HTTP 80', 'HTTP 9090']);
  });

  test('and not if only unlimited destinations have it', () => {
    expect(limited([destination('pay/api')], [registered('pay/api')]).listeners).toEqual([]);
  });

  test('with every host that is granted on it, limited or not', () => {
    const { hosts } = limited(
      [destination('pay/api', { ports: [80] }), destination('pay/web')],
      [registered('pay/api', { ports: [http(80), http(81)] }), registered('pay/web')],
    );
    expect(hosts).toEqual({ 80: ['api', 'web'] });
  });

  test('without the hosts that are excluded from a wildcard', () => {
    const { hosts } = limited(
      [destination('pay/*', { ports: [80] })],
      [registered('pay/api'), registered('pay/web')],
      ['~pay/web'],
    );
    expect(hosts).toEqual({ 80: ['api'] });
  });

  test('not for a foreign duplicate alone', () => {
    const { listeners } = limited(
      [destination('shop/a.example.com', { ports: [80, 443] })],
      [
        registered('shop/a.example.com', { ports: [tls(443)], managed: true }),
        registered('shop/a.example.com', { ports: [http(80)] }),
      ],
    );
    expect(listeners).toEqual(['TCP 443']);
  });
});

describe('a limited wildcard with an address is in a listener for any address', () => {
  const wildcard = registered('shop/*.example.com', { ports: [tls(443), tls(8443)] });
  const partner = registered('infra/partner.example', { ports: [tls(443)], addressing: 'name' });
  const listenersWith = (below: RegisteredHost, exclusions: readonly string[] = []) =>
    limited(
      [destination('shop/*.example.com', { ports: [443] }), destination('infra/partner.example')],
      [wildcard, partner, below],
      exclusions,
    ).listeners;

  test.each([
    ['by its name', registered('shop/a.example.com', { ports: [tls(443)], addressing: 'name' })],
    [
      'with another protocol',
      registered('shop/a.example.com', { ports: [tcp(443)], addressing: 'name', managed: true }),
    ],
    ['by a range', registered('shop/a.example.com', { ports: [tls(443)], addressing: 'range' })],
  ])('if it imports a host that is reached %s', (_, below) => {
    expect(listenersWith(below)).toEqual(['TLS 443']);
  });

  test.each([
    ['is reached by its address', registered('shop/a.example.com', { ports: [tls(443)] })],
    ['has not the port', registered('shop/a.example.com', { ports: [tls(8443)], addressing: 'name' })],
    [
      'another namespace registers',
      registered('pay/a.example.com', { ports: [tls(443)], addressing: 'name' }),
    ],
  ])('and not if the host below it %s', (_, below) => {
    expect(listenersWith(below)).toEqual(['TCP 443']);
  });

  test('and not if the host below it is excluded', () => {
    const below = registered('shop/a.example.com', { ports: [tls(443)], addressing: 'name' });
    expect(listenersWith(below, ['~shop/a.example.com'])).toEqual(['TCP 443']);
  });
});

describe('a limit that names every port of a host', () => {
  const web = registered('pay/web', { ports: [tls(443)], addressing: 'name' });

  test('stays in force, so that a port that the host gains later is closed', () => {
    const { ports } = limited([destination('pay/web', { ports: [443], complete: true })], [web]);
    expect(ports).toEqual({ 'pay/web': [443] });
  });

  test('is dropped where its listener would make another host unreachable', () => {
    const { ports, listeners } = limited(
      [destination('pay/api'), destination('pay/web', { ports: [443], complete: true })],
      [registered('pay/api', { ports: [tcp(443)], addressing: 'range' }), web],
    );
    expect(ports).toEqual({ 'pay/api': 'every', 'pay/web': 'every' });
    expect(listeners).toEqual([]);
  });

  test('a limit that leaves ports out is not dropped', () => {
    const { ports } = limited(
      [destination('pay/api'), destination('pay/web', { ports: [443] })],
      [registered('pay/api', { ports: [tcp(443)], addressing: 'range' }), web],
    );
    expect(ports).toEqual({ 'pay/api': 'every', 'pay/web': [443] });
  });
});

test('destinations with a host that is UDP first are reported, since no listener may name that host', () => {
  const { udpFirst } = limited(
    [destination('pay/dns', { ports: [53] }), destination('pay/api', { ports: [80] })],
    [registered('pay/dns', { ports: [tcp(53)], udpFirst: [53] }), registered('pay/api')],
  );
  expect(new Set(udpFirst)).toEqual(new Set(['pay/dns']));
});
