// Which VirtualServices of others a Sidecar imports for a granted host, by what it lists, and why it does not import the others.
import { describe, expect, test } from 'vitest';
import { externalName, routeTo, service, type ClusterObject } from '../../../support/cluster-objects.ts';
import { API, canary, entry, followed } from '../../../support/followed-routes.ts';

describe('a VirtualService for the host is imported under its own namespace', () => {
  test.each([
    ['of the caller', 'shop/canary', []],
    ['of a root namespace', 'istio-system/canary', []],
    ['of a trusted namespace', 'tools/canary', ['tools']],
  ])('%s', (_title, name, trusted) => {
    expect(followed([canary(name)], undefined, trusted)).toEqual({
      listed: [`*: ${[`green/${API}`, `${name.split('/')[0]}/${API}`].join(' ')}`],
      codes: ['RouteFollowed'],
    });
  });

  test('for a wildcard, by the exact name', () => {
    expect(followed([canary('shop/canary', ['*.green.svc.cluster.local'])]).listed).toEqual([
      `*: green/${API} shop/${API}`,
    ]);
  });

  test('of the namespace of a further name, for that name', () => {
    const nick = 'nick.tools.svc.cluster.local';
    const objects = [externalName('tools/nick', API), canary('tools/nick', [nick])];
    expect(followed(objects, [{ service: { name: 'nick', namespace: 'tools' } }])).toEqual({
      listed: [`*: green/${API} green/${nick} tools/${nick}`],
      codes: ['RouteFollowed'],
    });
  });

  test('in each listener that carries the host, and in one for another port to which it leads', () => {
    const route = { http: [routeTo('next.green.svc.cluster.local', 8080)] };
    const limited = [{ service: { name: 'api', namespace: 'green' }, ports: [{ port: 80 }] }];
    expect(followed([canary('shop/canary', [API], route)], limited)).toEqual({
      listed: [`80: green/${API} shop/${API}`, `8080: shop/${API}`],
      codes: ['RouteFollowed'],
    });
  });
});

describe('a VirtualService for the host is not imported, and told,', () => {
  const limited = [{ service: { name: 'api', namespace: 'green' }, ports: [{ port: 80 }] }];
  const whole = { service: { name: 'canary', namespace: 'green' } };
  const toNext = { http: [routeTo('next.green.svc.cluster.local', 8080)] };
  test.each<[string, string, ClusterObject, readonly object[]]>([
    ['if its namespace is not followed', 'untrusted', canary('tools/canary'), limited],
    [
      'if it would open another host',
      'otherHosts',
      canary('shop/canary', [API, 'www.example.com'], { http: [routeTo('web.blue.svc.cluster.local')] }),
      limited,
    ],
    [
      'if it would open further server names',
      'otherHosts',
      canary('shop/canary', ['*.green.svc.cluster.local'], {
        http: [routeTo(API)],
        tls: [
          { match: [{ sniHosts: ['*.green.svc.cluster.local'] }], ...routeTo('web.blue.svc.cluster.local') },
        ],
      }),
      limited,
    ],
    [
      'if it leads to a port of which the listener without a port has hosts',
      'otherPort',
      canary('shop/canary', [API], { http: [routeTo('next.green.svc.cluster.local', 9090)] }),
      [...limited, { service: { name: 'admin', namespace: 'green' } }],
    ],
    [
      'if a wildcard may match the port to which it leads',
      'otherPort',
      canary('shop/canary', [API], toNext),
      [...limited, { namespace: { name: 'blue' } }],
    ],
  ])('%s', (_title, reason, route, allow) => {
    const admin = service('green/admin', { http: 9090 });
    const { codes } = followed([route, admin, service('blue/web', { tcp: 5432 })], allow);
    expect(codes).toContain(`RouteNotFollowed ${reason}`);
  });

  test('unless it leads only where is granted', () => {
    const route = canary('shop/canary', [API, 'www.example.com']);
    const { listed, codes } = followed([route], [{ service: { name: 'api', namespace: 'green' } }, whole]);
    expect(codes).toEqual([]);
    expect(listed).toEqual([`*: green/${API} green/canary.green.svc.cluster.local shop/${API}`]);
  });

  test('if its namespace has an older ServiceEntry for the host', () => {
    const http = { ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] };
    const two = { ports: [...http.ports, { number: 8443, name: 'tls', protocol: 'TLS' }] };
    const objects = [entry('entries/a', '02', two), entry('istio-system/a', '01', http)];
    const route = canary('istio-system/canary', ['a.example.com']);
    const { codes } = followed(
      [...objects, route],
      [{ serviceEntry: { host: 'a.example.com', namespace: 'entries' } }],
    );
    expect(codes).toEqual(['RegistrationReplaced', 'RouteNotFollowed otherRegistration']);
  });
});

test.each(['gateways only', 'another namespace'])('a VirtualService for %s is nobody’s concern', (what) => {
  const spec = what === 'gateways only' ? { gateways: ['ingress'] } : { exportTo: ['.'] };
  const { listed, codes } = followed([
    canary('tools/canary', [API], spec),
    canary('blue/canary', [API], spec),
  ]);
  expect({ listed, codes }).toEqual({ listed: [`*: green/${API}`], codes: [] });
});
