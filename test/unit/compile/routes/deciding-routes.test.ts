// VirtualServices of which the effect depends on what else a listener imports, and on its protocol.
import { describe, expect, test } from 'vitest';
import { routeTo, service, virtualService, type ClusterObject } from '../../../support/cluster-objects.ts';
import { API, canary, entry, followed } from '../../../support/followed-routes.ts';

/** The one listener without a port, with the host of each namespace. */
const listedUnder = (namespaces: readonly string[]) => [
  `*: ${namespaces.map((namespace) => `${namespace}/${API}`).join(' ')}`,
];

describe('a VirtualService of the root namespace for a wildcard', () => {
  const wild = canary('istio-system/wild', ['*.svc.cluster.local']);
  const never = { http: [{ match: [{ port: 81 }], ...routeTo(API) }] };
  test.each<[string, ClusterObject]>([
    ['for the exact name, though none of its routes applies', canary('shop/api', [API], never)],
    ['for a narrower wildcard', canary('shop/wild', ['*.green.svc.cluster.local'], never)],
    [
      'for other pods',
      canary('shop/api', [API], {
        http: [{ match: [{ sourceLabels: { app: 'other' } }], ...routeTo(API) }],
      }),
    ],
    [
      'without http routes',
      virtualService('shop/api', {
        hosts: [API],
        tls: [{ match: [{ sniHosts: [API] }], ...routeTo(API) }],
      }),
    ],
  ])('is kept away by an own one %s', (_title, own) => {
    expect(followed([wild, own])).toEqual({ listed: listedUnder(['green', 'shop']), codes: [] });
  });

  test('is not kept away by one of a stranger', () => {
    expect(followed([wild, canary('tools/api', [API], never)]).listed).toEqual(
      listedUnder(['green', 'istio-system']),
    );
  });
});

describe('a VirtualService with tcp routes', () => {
  const db = service('shop/db', { tcp: 8443, http: 80 });
  const tls = entry('entries/a', '01', {
    ports: [
      { number: 8443, name: 'tls', protocol: 'TLS' },
      { number: 9443, name: 'tls-b', protocol: 'TLS' },
    ],
  });
  const allow = [
    { service: { name: 'db' }, ports: [{ port: 8443 }] },
    { serviceEntry: { host: 'a.example.com', namespace: 'entries' }, ports: [{ port: 8443 }] },
  ];
  const name = 'db.shop.svc.cluster.local';

  test.each(['shop/db', 'istio-system/db'])('%s is told where the listener is one of TLS', (title) => {
    const routes = virtualService(title, { hosts: [name], tcp: [routeTo(API, 80)] });
    const { listed, codes } = followed([db, tls, routes], allow);
    expect(listed).toEqual([`8443: entries/a.example.com shop/${name}`]);
    expect(codes).toEqual(['RouteNotFollowed tlsListener']);
  });

  test('is followed where the TLS host is not limited', () => {
    const routes = virtualService('shop/db', { hosts: [name], tcp: [routeTo(name, 8443)] });
    const whole = { serviceEntry: { host: 'a.example.com', namespace: 'entries' } };
    expect(followed([db, tls, routes], [...allow.slice(0, 1), whole]).codes).toEqual([]);
  });
});

describe('a host that only a VirtualService knows', () => {
  const virtual = 'virtual.example.com';
  const route = canary('istio-system/virtual', [virtual]);
  const named = { serviceEntry: { host: virtual, namespace: 'istio-system' } };
  const other = { service: { name: 'other', namespace: 'blue' } };
  const others = [
    service('blue/other', { http: 80, 'http-b': 81 }),
    service('blue/plain', { tcp: 80 }),
    service('blue/sniffed', { '': 80 }),
  ];

  test.each([
    ['with no other host', []],
    ['beside plain TCP on port 80', [{ service: { name: 'plain', namespace: 'blue' } }]],
    ['beside a port 80 without protocol', [{ service: { name: 'sniffed', namespace: 'blue' } }]],
    ['beside HTTP on another port', [{ ...other, ports: [{ port: 81 }] }]],
  ])('is told to have no listener %s', (_title, more) => {
    expect(followed([...others, route], [named, ...more]).codes).toEqual(['PortNotGranted']);
  });

  test('has the listener of a granted host with HTTP on port 80', () => {
    expect(followed([...others, route], [named, other])).toEqual({
      listed: [`*: blue/other.blue.svc.cluster.local istio-system/${virtual}`],
      codes: ['RouteFollowed'],
    });
  });

  test('is listed in the listener that port 80 has', () => {
    const limited = { ...other, ports: [{ port: 80 }] };
    expect(followed([...others, route], [named, limited])).toEqual({
      listed: [`80: blue/other.blue.svc.cluster.local istio-system/${virtual}`, `*: istio-system/${virtual}`],
      codes: ['RouteFollowed'],
    });
  });
});
