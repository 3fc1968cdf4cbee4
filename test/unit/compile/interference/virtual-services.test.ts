// What the golden example of a route elsewhere leaves out: routes that others hold, and the pods that a route is for.
import { expect, test } from 'vitest';
import { compiled } from '../../../support/compiler.ts';

const service = (name: string, ports: readonly number[]) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'green' },
  spec: { clusterIP: '10.96.0.10', ports: ports.map((port) => ({ name: `http-${port}`, port })) },
});
const virtualService = (name: string, namespace: string, spec: object) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace },
  spec,
});
const intent = (allow: readonly object[]) => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'app', namespace: 'shop' },
  spec: { workloadSelector: { matchLabels: { app: 'app' } }, allow },
});
const to = (host: string, port?: number) => ({
  route: [{ destination: { host, ...(port === undefined ? {} : { port: { number: port } }) } }],
});

const API = { service: { name: 'api', namespace: 'green' } };

/** Where calls are sent on to without a grant, when green's api has these routes. */
function detours(
  routes: readonly object[],
  allow: readonly object[] = [API],
  others: readonly object[] = [],
) {
  const { compilation } = compiled(
    [
      service('api', [80]),
      service('web', [80, 9090]),
      virtualService('routes', 'green', { hosts: ['api'], http: routes }),
      ...others,
      intent(allow),
    ],
    'shop',
  );
  return compilation.diagnostics.flatMap((one) =>
    one.code === 'VirtualServiceReroutes' ? [one.destination] : [],
  );
}

test('a delegate has the rest of the route, and its short names are of its own namespace', () => {
  const delegate = virtualService('rest', 'blue', { http: [to('api')] });
  const route = [{ delegate: { name: 'rest', namespace: 'blue' } }];
  expect(detours(route, [API], [delegate])).toEqual(['api.blue.svc.cluster.local']);
});

test('mirrors are calls too', () => {
  expect(detours([{ ...to('api'), mirrors: [{ destination: { host: 'web' } }] }])).toEqual([
    'web.green.svc.cluster.local',
  ]);
});

test.each([
  ['from another namespace', { sourceNamespace: 'blue' }],
  ['from pods with other labels', { sourceLabels: { app: 'other' } }],
  ['at a gateway', { gateways: ['ingress'] }],
  ['to a port that is not granted', { port: 9090 }],
])('a route for calls %s is no matter', (_of, match) => {
  expect(detours([{ match: [match], ...to('web') }])).toEqual([]);
});

test('a route to what is granted is no news; to another port of it, it is', () => {
  const web = { service: { name: 'web', namespace: 'green' }, ports: [{ port: 80 }] };
  expect(detours([to('web', 80)], [API, web])).toEqual([]);
  expect(detours([to('web', 9090)], [API, web])).toEqual(['web.green.svc.cluster.local:9090']);
});
