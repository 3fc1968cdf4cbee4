// A port's class comes from words of other teams, which may be any text.
import { expect, test } from 'vitest';
import { hostOfService, hostsOfServiceEntry } from '../../../../src/domain/istio/registered-host.ts';
import { parseService } from '../../../../src/domain/kinds/service.ts';
import { excludes } from '../../../../src/domain/labels.ts';

const classOf = (port: object) => {
  const service = parseService({
    metadata: { name: 'api', namespace: 'pay' },
    spec: { clusterIP: '10.96.0.9', ports: [{ port: 80, ...port }] },
  });
  return service && hostOfService(service, 'cluster.local')?.ports[0]?.class;
};

test.each([
  ['kubernetes.io/h2c', 'http'],
  ['kubernetes.io/wss', 'tls'],
  ['HTTPS', 'tls'],
  ['http-admin', 'http'],
  ['unknown', 'auto'],
  // Names of members that every JavaScript object inherits.
  ['constructor', 'auto'],
  ['toString', 'auto'],
  ['__proto__', 'auto'],
])('appProtocol %s is of class %s', (appProtocol, portClass) => {
  expect(classOf({ appProtocol })).toBe(portClass);
  expect(classOf({ name: appProtocol })).toBe(appProtocol.startsWith('kubernetes.io') ? 'auto' : portClass);
});

test.each([
  [{ name: 'udp' }],
  [{ name: 'udp-x' }],
  [{ name: 'x', appProtocol: 'udp' }],
  [{ name: 'tcp', appProtocol: 'UDP-x' }],
  [{ name: 'http', protocol: 'UDP' }],
])('Istio does not carry a port that is UDP by any of its words: %o', (port) => {
  expect(classOf(port)).toBe(undefined);
});

test.each([[{ name: 'udpx' }], [{ name: 'x-udp' }], [{ name: 'udp', appProtocol: 'tcp' }]])(
  'it carries one that is not: %o',
  (port) => {
    expect(classOf(port)).not.toBe(undefined);
  },
);

test('a selector with the label key `constructor` does not exclude a selector without it', () => {
  expect(excludes({ constructor: 'x' }, {})).toBe(false);
  expect(excludes({ constructor: 'x' }, { constructor: 'y' })).toBe(true);
});

test.each([
  ['api.example.com', 'address'],
  ['*.example.com', 'name'],
  ['*-api.example.com', 'name'],
  ['*api.example.com', 'name'],
])('with DNS capture %s is told by its %s', (host, addressing) => {
  const entry = { hosts: [host], addresses: [], resolution: 'DNS', ports: [], managed: false };
  expect(hostsOfServiceEntry('shop', entry, true)).toMatchObject([{ addressing }]);
});
