// Which listener a port gets, and what becomes of each host under it. Each cell is checked against istiod's own code by test/proof.
import { describe, expect, test } from 'vitest';
import {
  placementOf,
  portListener,
  type HostOnPort,
  type ListenerKind,
} from '../../../../src/compile/sidecar/port-listener.ts';
import type {
  Addressing,
  RegisteredHost,
  RegisteredPort,
} from '../../../../src/domain/istio/registered-host.ts';
import {
  auto,
  destination,
  grantedInOrder,
  http,
  registered,
  tcp,
  tls,
} from '../../../support/registered-hosts.ts';

const LISTENERS: readonly ListenerKind[] = ['HTTP', 'TCP', 'TLS', 'sniffed', 'TCP-any'];
const ADDRESSINGS: readonly Addressing[] = ['address', 'per-pod', 'name', 'range'];
const PORTS = { http: http(1), auto: auto(1), tls: tls(1), tcp: tcp(1) };

/** A limited host on one port, except for what is given. */
const onPort = (
  name: string,
  port: RegisteredPort,
  host: Partial<RegisteredHost> = {},
  given: Partial<HostOnPort> = {},
): HostOnPort => ({
  destination: destination(name, { ports: [port.number] }),
  host: registered(name, { ports: [port], ...host }),
  port,
  limited: true,
  udpFirst: false,
  tlsRouted: false,
  givesWay: false,
  importedAlong: false,
  ...given,
});

const cells = (host: HostOnPort): readonly string[] =>
  LISTENERS.map(
    (kind) =>
      ({ listed: 'listed', 'default-listener': 'default', unreachable: '-' })[placementOf(kind, host)],
  );

const lineOf = (title: string, columns: readonly string[]): string =>
  `${title.padEnd(26)}${columns.map((column) => column.padEnd(9)).join('')}`.trimEnd();

test('a host is listed, stays with the default listener, or is unreachable', () => {
  const rows = Object.entries(PORTS).flatMap(([portClass, port]) =>
    ADDRESSINGS.flatMap((addressing) =>
      [false, true].map((limited) =>
        lineOf(
          `${portClass} by ${addressing}${limited ? ', limited' : ''}`,
          cells(onPort('pay/api', port, { addressing }, { limited })),
        ),
      ),
    ),
  );
  expect(`\n${[lineOf('', LISTENERS), ...rows].join('\n')}\n`).toMatchInlineSnapshot(`
    "
                              HTTP     TCP      TLS      sniffed  TCP-any
    http by address           listed   -        -        listed   -
    http by address, limited  listed   -        -        listed   -
    http by per-pod           listed   -        -        -        -
    http by per-pod, limited  listed   -        -        -        -
    http by name              listed   -        -        -        -
    http by name, limited     listed   -        -        -        -
    http by range             listed   -        -        -        -
    http by range, limited    listed   -        -        -        -
    auto by address           listed   -        -        listed   -
    auto by address, limited  -        -        -        listed   -
    auto by per-pod           listed   -        -        -        -
    auto by per-pod, limited  -        -        -        -        -
    auto by name              -        -        -        -        -
    auto by name, limited     -        -        -        -        -
    auto by range             -        -        -        -        -
    auto by range, limited    -        -        -        -        -
    tls by address            default  default  default  default  default
    tls by address, limited   -        listed   listed   listed   listed
    tls by per-pod            default  default  default  default  default
    tls by per-pod, limited   -        -        -        -        -
    tls by name               -        default  listed   default  -
    tls by name, limited      -        -        listed   -        -
    tls by range              -        default  listed   default  -
    tls by range, limited     -        -        listed   -        -
    tcp by address            default  default  default  default  default
    tcp by address, limited   -        listed   listed   -        listed
    tcp by per-pod            default  default  default  default  default
    tcp by per-pod, limited   -        -        -        -        -
    tcp by name               -        default  -        default  listed
    tcp by name, limited      -        -        -        -        listed
    tcp by range              -        default  -        default  listed
    tcp by range, limited     -        -        -        -        listed
    "
  `);
});

test('no listener lists a host that is UDP first: it stays with the default listener, unless it is limited or speaks HTTP', () => {
  const rows = Object.entries(PORTS).flatMap(([portClass, port]) =>
    [false, true].map((limited) =>
      lineOf(
        `${portClass} by address${limited ? ', limited' : ''}`,
        cells(onPort('pay/api', port, {}, { limited, udpFirst: true })),
      ),
    ),
  );
  expect(`\n${[lineOf('', LISTENERS), ...rows].join('\n')}\n`).toMatchInlineSnapshot(`
    "
                              HTTP     TCP      TLS      sniffed  TCP-any
    http by address           -        -        -        -        -
    http by address, limited  -        -        -        -        -
    auto by address           -        -        -        -        -
    auto by address, limited  -        -        -        -        -
    tls by address            default  default  default  default  default
    tls by address, limited   -        -        -        -        -
    tcp by address            default  default  default  default  default
    tcp by address, limited   -        -        -        -        -
    "
  `);
});

const namesOf = (hosts: readonly HostOnPort[]): readonly string[] =>
  hosts.map(({ destination: { host } }) => host);

const choiceFor = (hosts: readonly HostOnPort[]) => {
  const { kind, listed, unreachable } = portListener(hosts, grantedInOrder(...namesOf(hosts)));
  return { kind, listed: namesOf(listed), unreachable: namesOf(unreachable) };
};

const HTTP_BY_NAME = onPort('pay/http', http(443), { addressing: 'name' });
const TLS_BY_NAME = onPort('pay/tls', tls(443), { addressing: 'name' });
const TLS_BY_ADDRESS = onPort('pay/tls', tls(443));
const HTTP_BY_ADDRESS = onPort('pay/http', http(443));
const TCP_BY_ADDRESS = onPort('pay/tcp', tcp(443));
const TCP_BY_RANGE = onPort('pay/range', tcp(443), { addressing: 'range' });

describe('a port gets the kind of listener that leaves no host unreachable', () => {
  test.each([
    ['HTTP', 'one HTTP host', [HTTP_BY_NAME]],
    ['TCP', 'one TCP host with an address', [TCP_BY_ADDRESS]],
    ['TCP', 'TLS and TCP hosts with addresses', [TLS_BY_ADDRESS, TCP_BY_ADDRESS]],
    ['TLS', 'one TLS host without an address', [TLS_BY_NAME]],
    ['TLS', 'TLS by name and TCP by address', [TLS_BY_NAME, TCP_BY_ADDRESS]],
    ['sniffed', 'HTTP and TLS hosts with addresses', [HTTP_BY_ADDRESS, TLS_BY_ADDRESS]],
    ['TCP-any', 'a range', [TCP_BY_RANGE]],
  ] as const)('%s for %s', (kind, _title, hosts) => {
    expect(choiceFor(hosts)).toEqual({ kind, listed: namesOf(hosts), unreachable: [] });
  });
});

describe('if every kind leaves a host unreachable', () => {
  test('the host that was granted first stays reachable', () => {
    expect(choiceFor([HTTP_BY_NAME, TLS_BY_NAME])).toEqual({
      kind: 'HTTP',
      listed: ['pay/http'],
      unreachable: ['pay/tls'],
    });
    expect(choiceFor([TLS_BY_NAME, HTTP_BY_NAME])).toEqual({
      kind: 'TLS',
      listed: ['pay/tls'],
      unreachable: ['pay/http'],
    });
  });

  test('a younger limited host gets no listener that would make an older unlimited host unreachable', () => {
    const unlimited = { ...TLS_BY_NAME, limited: false };
    expect(choiceFor([unlimited, HTTP_BY_NAME])).toMatchObject({ listed: [], unreachable: ['pay/http'] });
  });

  test('a limited host that no listener can name gets no listener, and nothing else becomes unreachable', () => {
    const headless = onPort('pay/headless', tcp(443), { addressing: 'per-pod' });
    const unlimited = { ...HTTP_BY_ADDRESS, limited: false };
    expect(choiceFor([headless, unlimited])).toMatchObject({ listed: [], unreachable: ['pay/headless'] });
  });
});

test('a host is not listed by address if a foreign duplicate without an address would be imported with it', () => {
  const duplicate = onPort('pay/tcp', tcp(443), { addressing: 'name' }, { importedAlong: true });
  const sameDestination = { ...duplicate, destination: TCP_BY_ADDRESS.destination };
  expect(choiceFor([TCP_BY_ADDRESS, sameDestination])).toEqual({
    kind: 'TLS',
    listed: ['pay/tcp'],
    unreachable: [],
  });
});

test('a listener that detects the protocol serves no HTTP of a host with several addresses', () => {
  const several = { severalAddresses: true };
  expect(placementOf('sniffed', onPort('pay/api', http(80)))).toBe('listed');
  expect(placementOf('sniffed', onPort('pay/api', http(80), several))).toBe('unreachable');
  expect(placementOf('HTTP', onPort('pay/api', http(80), several))).toBe('listed');
  expect(placementOf('sniffed', onPort('pay/api', tls(443), several))).toBe('listed');
});
