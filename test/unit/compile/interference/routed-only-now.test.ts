// RouteFollowed says whether a route applies without the intent too: to a host that nobody registers, Istio routes only HTTP on port 80.
import { expect, test } from 'vitest';
import { istio, service } from '../../../kits/oracle/objects.ts';
import { compiled } from '../../../support/compiler.ts';

const HOST = 'a.example.com';
const GATEWAY = { host: 'gw.istio-system.svc.cluster.local', port: { number: 80 } };
const HTTP = istio('VirtualService', 'red/v', {
  hosts: [HOST],
  http: [{ route: [{ destination: GATEWAY }] }],
});
const HTTP_BELOW = istio('VirtualService', 'red/v', {
  hosts: ['*.example.com'],
  http: [{ route: [{ destination: GATEWAY }] }],
});
const TLS = istio('VirtualService', 'red/v', {
  hosts: [HOST],
  tls: [{ match: [{ sniHosts: [HOST] }], route: [{ destination: GATEWAY }] }],
});

const registering = (host: string, port: number, protocol: string) =>
  istio('ServiceEntry', 'istio-system/e', {
    hosts: [host],
    resolution: 'NONE',
    ports: [{ number: port, name: 'p', protocol }],
  });

const intent = (port: number, protocol: string) => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'red', namespace: 'red' },
  spec: {
    workloadSelector: { matchLabels: { app: 'red' } },
    allow: [{ host: HOST, ports: [{ port, protocol }] }],
  },
});

const GATEWAYS = service('istio-system/gw', '10.96.0.5', ['80:http']);

test.each([
  ['HTTP on another port', [HTTP, intent(8080, 'HTTP')], true],
  ['HTTP on port 80', [HTTP, intent(80, 'HTTP')], undefined],
  [
    'HTTP on another port, registered there for the first time',
    [HTTP, registering(HOST, 80, 'HTTP'), intent(8080, 'HTTP')],
    undefined,
  ],
  ['HTTP below a wildcard', [HTTP, registering('*.example.com', 8080, 'HTTP'), intent(8080, 'HTTP')], true],
  [
    'HTTP below a wildcard, by a VirtualService for that',
    [HTTP_BELOW, registering('*.example.com', 8080, 'HTTP'), intent(8080, 'HTTP')],
    undefined,
  ],
  ['TLS', [TLS, intent(443, 'TLS')], true],
  ['TLS below a wildcard', [TLS, registering('*.example.com', 443, 'TLS'), intent(443, 'TLS')], undefined],
])('%s', (_what, objects, onlyNow) => {
  const { diagnostics } = compiled([GATEWAYS, ...objects], 'red').compilation;
  const followed = diagnostics.filter((each) => each.code === 'RouteFollowed');
  expect(followed.map((each) => each.onlyNow)).toEqual([onlyNow]);
});
