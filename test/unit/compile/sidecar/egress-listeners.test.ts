// The listeners of one scope, from its destinations.
import { describe, expect, test } from 'vitest';
import type { Destination } from '../../../../src/compile/sidecar/destination.ts';
import { egressListeners } from '../../../../src/compile/sidecar/egress-listeners.ts';
import type { RegisteredHost } from '../../../../src/domain/istio/registered-host.ts';
import {
  destination,
  grantedInOrder,
  http,
  ISTIO_1_31,
  linesOf,
  registered,
  registryOf,
  tcp,
  tls,
} from '../../../support/registered-hosts.ts';

/** `destinations` were granted in order. */
const listenersFor = (
  destinations: readonly Destination[],
  hosts: readonly RegisteredHost[],
  routeExclusions: readonly string[] = [],
  tlsRouted: readonly string[] = [],
) => {
  const age = grantedInOrder(...destinations.map(({ host }) => host));
  const result = egressListeners(destinations, registryOf(...hosts), ISTIO_1_31, age, {
    exclusions: routeExclusions,
    isTlsRouted: ({ host: { host } }) => tlsRouted.includes(host),
    answerOrder: () => -1,
    isOutanswered: () => false,
  });
  return {
    lines: linesOf(result.listeners.map(({ spec }) => spec)),
    conflicts: result.conflicts.map(({ host, port, reason }) => ({ host, port, ...reason })),
    spoofable: result.spoofable.map(({ host }) => host),
  };
};

const API = registered('pay/api', { ports: [http(80), http(9090)] });
const WEB = registered('pay/web', { ports: [http(80)] });
const DATABASE = registered('pay/db', { ports: [tcp(5432), tcp(9187)] });

describe('listeners', () => {
  test('one without a port lists the destinations on every port', () => {
    const { lines } = listenersFor([destination('pay/web'), destination('pay/api')], [API, WEB]);
    expect(lines).toEqual(['default: pay/api pay/web']);
  });

  test('a limited destination is listed on its ports only', () => {
    expect(listenersFor([destination('pay/api', { ports: [80] })], [API]).lines).toEqual([
      'HTTP 80: pay/api',
    ]);
  });

  test('come in order of port, with the one without a port last', () => {
    const destinations = [
      destination('pay/api', { ports: [80] }),
      destination('pay/db', { ports: [5432] }),
      destination('pay/web'),
    ];
    expect(listenersFor(destinations, [API, DATABASE, WEB]).lines).toEqual([
      'HTTP 80: pay/api pay/web',
      'TCP 5432: pay/db',
      'default: pay/web',
    ]);
  });

  test('without destinations, one imports nothing: without any, Istio would import the whole mesh', () => {
    expect(listenersFor([], []).lines).toEqual(['default: ~/*']);
    expect(listenersFor([destination('pay/gone', { ports: [80] })], []).lines).toEqual(['default: ~/*']);
  });

  test('an alias is listed wherever its host is', () => {
    const aliases = ['pay/alias'];
    expect(listenersFor([destination('pay/api', { ports: [80], aliases })], [API]).lines).toEqual([
      'HTTP 80: pay/alias pay/api',
    ]);
    expect(listenersFor([destination('pay/web', { aliases })], [WEB]).lines).toEqual([
      'default: pay/alias pay/web',
    ]);
  });

  test('only an HTTP listener lists a wildcard; any other lists the hosts below it', () => {
    const destinations = [destination('pay/*', { ports: [80, 5432] })];
    expect(listenersFor(destinations, [API, DATABASE]).lines).toEqual(['HTTP 80: pay/*', 'TCP 5432: pay/db']);
  });

  test('an exclusion is listed next to a wildcard of its namespace, and not where the host is listed by name', () => {
    const exclusions = ['~pay/x.example.com', '~blue/y.example.com'];
    expect(listenersFor([destination('pay/*'), destination('blue/api')], [API], exclusions).lines).toEqual([
      'default: blue/api pay/* ~pay/x.example.com',
    ]);
  });
});

const named = (host: string, ...ports: RegisteredHost['ports']) =>
  registered(host, { ports, addressing: 'name' });

describe('a granted port is unreachable', () => {
  test('headless: no listener can be limited to a port of the host', () => {
    const headless = registered('pay/db', { ports: [tcp(5432)], addressing: 'per-pod', passthrough: true });
    expect(listenersFor([destination('pay/db', { ports: [5432] })], [headless]).conflicts).toEqual([
      { host: 'pay/db', port: 5432, kind: 'headless' },
    ]);
  });

  test('udpPort: the host is UDP first', () => {
    const dns = registered('pay/dns', { ports: [tcp(53), http(80)], udpFirst: [53] });
    expect(listenersFor([destination('pay/dns', { ports: [80] })], [dns]).conflicts).toEqual([
      { host: 'pay/dns', port: 80, kind: 'udpPort' },
    ]);
  });

  test('listenerConflict: an older grant needs another kind of listener', () => {
    const entry = registered('shop/a.example.com', { ports: [tls(80)], addressing: 'name' });
    const destinations = [destination('pay/api', { ports: [80] }), destination('shop/a.example.com')];
    const { lines, conflicts } = listenersFor(destinations, [{ ...API, addressing: 'per-pod' }, entry]);
    expect(lines).toEqual(['HTTP 80: pay/api', 'default: shop/a.example.com']);
    expect(conflicts).toEqual([
      { host: 'shop/a.example.com', port: 80, kind: 'listenerConflict', hosts: ['pay/api'] },
    ]);
  });

  test('duplicateHost: an older grant is for a host of another namespace with the same name', () => {
    const hosts = [
      registered('blue/www.example.com'),
      registered('green/www.example.com', { ports: [tls(443)] }),
    ];
    const destinations = [destination('blue/www.example.com'), destination('green/www.example.com')];
    const { lines, conflicts } = listenersFor(destinations, hosts);
    expect(lines).toEqual(['default: blue/www.example.com']);
    expect(conflicts).toEqual([
      { host: 'green/www.example.com', port: 443, kind: 'duplicateHost', hosts: ['blue/www.example.com'] },
    ]);
  });

  test('a host that is reached through another one of the same name is unreachable where that one is', () => {
    const [blue, green] = ['blue/www.example.com', 'green/www.example.com'];
    const hosts = [
      named('pay/api', http(80), http(90)),
      named(blue, tls(80)),
      named(green, tls(80), tls(443)),
    ];
    const destinations = [destination('pay/api', { ports: [80] }), destination(blue), destination(green)];
    expect(
      listenersFor(destinations, hosts).conflicts.map(({ host, port, kind }) => [host, port, kind]),
    ).toEqual([
      [green, 443, 'duplicateHost'],
      [blue, 80, 'listenerConflict'],
      [green, 80, 'listenerConflict'],
    ]);
  });
});

test('spoofable hosts are reported, whether a wildcard imports them or a shared port number exposes them', () => {
  const wildcard = registered('shop/*.example.com', { ports: [tls(443)], addressing: 'name' });
  const below = registered('shop/a.example.com', {
    ports: [tls(443)],
    addressing: 'name',
    passthrough: true,
  });
  const limited = [destination('shop/*.example.com', { ports: [443] })];
  expect(listenersFor(limited, [wildcard, below]).spoofable).toEqual(['shop/a.example.com']);
});

test('a TCP host with tls routes shares no TLS listener: its limit is dropped, or the younger grant is unreachable', () => {
  const outside = registered('shop/*.example.com', { ports: [tls(443)], addressing: 'name' });
  const api = registered('pay/api', { ports: [tcp(443)] });
  const limited = [
    destination('shop/*.example.com', { ports: [443] }),
    destination('pay/api', { ports: [443], complete: true }),
  ];
  expect(listenersFor(limited, [outside, api]).lines).toEqual(['TLS 443: pay/api shop/*.example.com']);
  expect(listenersFor(limited, [outside, api], [], ['api']).lines).toEqual([
    'TLS 443: shop/*.example.com',
    'default: pay/api',
  ]);
  const two = registered('pay/api', { ports: [tcp(443), tcp(444)] });
  const partly = limited.map((each) => ({ ...each, complete: false }));
  const { conflicts } = listenersFor(partly, [outside, two], [], ['api']);
  expect(conflicts.map(({ host, port }) => `${host}:${port}`)).toEqual(['pay/api:443']);
});
