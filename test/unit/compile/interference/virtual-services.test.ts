// VirtualServices that route a granted call to a host that is not granted: by which routes, and for which pods.
import { describe, expect, test } from 'vitest';
import { virtualServiceInterference } from '../../../../src/compile/interference/virtual-services.ts';
import { createServiceRegistry } from '../../../../src/compile/mesh/service-registry.ts';
import type { EntryDiagnostic } from '../../../../src/compile/grants/resolution.ts';
import { scopesOf, type Scope } from '../../../../src/compile/scopes.ts';
import type { Destination } from '../../../../src/compile/sidecar/destination.ts';
import type { ScopeSidecar } from '../../../../src/compile/scope-sidecar.ts';
import {
  headless,
  routeTo,
  service,
  serviceEntry,
  snapshotOf,
  virtualService,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { destination, intent } from '../../../support/registered-hosts.ts';

const SERVICES = [service('pay/api', { http: 80 }), service('pay/web', { http: 80, 'http-admin': 9090 })];
const API = destination('pay/api.pay.svc.cluster.local');
const WEB = destination('pay/web.pay.svc.cluster.local');

type Given = {
  readonly destinations?: readonly Destination[];
  readonly objects?: readonly ClusterObject[];
  readonly excluded?: readonly string[];
};

/** Where calls of pods with label `app: web` go without a grant: `called host -> target`. */
function reroutes(
  virtualServices: readonly ClusterObject[],
  { destinations = [API], objects = [], excluded = [] }: Given = {},
) {
  const [scope] = scopesOf([intent('web')], []);
  if (scope === undefined) throw new Error('an intent without a scope');
  const snapshot = snapshotOf([...SERVICES, ...objects, ...virtualServices]);
  const view = { snapshot, registry: createServiceRegistry(snapshot, []) };
  return virtualServiceInterference(scopeSidecar(scope, destinations, excluded), view).flatMap(
    ({ host, diagnostic }) => (isRoute(diagnostic) ? [`${host} -> ${diagnostic.destination}`] : []),
  );
}

const isRoute = (
  diagnostic: EntryDiagnostic,
): diagnostic is Extract<EntryDiagnostic, { readonly code: 'RouteFollowed' | 'VirtualServiceReroutes' }> =>
  diagnostic.code === 'RouteFollowed' || diagnostic.code === 'VirtualServiceReroutes';

/** The Sidecar of a scope that lists these destinations in a listener without a port, and excludes some hosts. */
function scopeSidecar(
  scope: Scope,
  destinations: readonly Destination[],
  excluded: readonly string[],
): ScopeSidecar {
  const hosts = [...destinations.map(({ host }) => host), ...excluded];
  const spec = { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' }, egress: [{ hosts }] } as const;
  return {
    destinations,
    unfollowedRoutes: [],
    routedListeners: [],
    atAddressOnly: [],
    unheard: [],
    listeners: { listeners: [], conflicts: [], spoofable: [], sniffed: [], unfiltered: [] },
    sidecar: { kind: 'Sidecar', scope, spec, platformHosts: [] },
  };
}

const apiRoutes = (...http: readonly object[]) => virtualService('pay/routes', { hosts: ['api'], http });
const TLS_ROUTE = { tls: [{ match: [{ sniHosts: ['db.pay.svc.cluster.local'] }], ...routeTo('web') }] };
const TO_WEB = `${API.host} -> web.pay.svc.cluster.local`;

describe('a route to a host that is not granted is reported', () => {
  test.each([
    ['of kind http', { http: [routeTo('web')] }],
    ['as a mirror', { http: [{ ...routeTo('api'), mirrors: [{ destination: { host: 'web' } }] }] }],
    ['for this namespace', { http: [{ match: [{ sourceNamespace: 'shop' }], ...routeTo('web') }] }],
    ['for these pods', { http: [{ match: [{ sourceLabels: { app: 'web' } }], ...routeTo('web') }] }],
    ['for a port that is granted', { http: [{ match: [{ port: 80 }], ...routeTo('web') }] }],
  ])('%s', (_title, spec) => {
    expect(reroutes([virtualService('pay/routes', { hosts: ['api'], ...spec })])).toEqual([TO_WEB]);
  });

  test.each([
    ['tls', 'https', TLS_ROUTE],
    ['tcp', 'tcp-db', { tcp: [routeTo('web')] }],
  ])('of kind %s, for a port of that kind', (_kind, portName, spec) => {
    const db = service('pay/db', { [portName]: 443 });
    const routes = virtualService('pay/routes', { hosts: ['db'], ...spec });
    const destinations = [destination('pay/db.pay.svc.cluster.local')];
    expect(reroutes([routes], { destinations, objects: [db] })).toEqual([
      'pay/db.pay.svc.cluster.local -> web.pay.svc.cluster.local',
    ]);
  });

  test('with its port, if the route names one', () => {
    expect(reroutes([apiRoutes(routeTo('web', 9090))])).toEqual([`${TO_WEB}:9090`]);
  });

  test('of a delegate, whose short names mean Services of its own namespace', () => {
    const delegate = virtualService('blue/rest', { http: [routeTo('api')] });
    const route = { delegate: { name: 'rest', namespace: 'blue' } };
    expect(reroutes([apiRoutes(route), delegate])).toEqual([`${API.host} -> api.blue.svc.cluster.local`]);
  });

  test('for each host of the VirtualService, even of another namespace than the one for which it is imported', () => {
    const routes = virtualService('pay/routes', {
      hosts: ['api', 'www.example.com'],
      http: [routeTo('web')],
    });
    const destinations = [API, destination('shop/www.example.com')];
    const http = { ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] };
    const objects = [serviceEntry('shop/entry', { hosts: ['www.example.com'], ...http })];
    expect(reroutes([routes], { destinations, objects })).toEqual([
      TO_WEB,
      'shop/www.example.com -> web.pay.svc.cluster.local',
    ]);
  });

  test('for a name that nothing registers: Istio makes a virtual host for it on port 80', () => {
    const routes = virtualService('pay/routes', { hosts: ['gone.example.com'], http: [routeTo('web')] });
    const destinations = [destination('pay/gone.example.com')];
    expect(reroutes([routes], { destinations })).toEqual([
      'pay/gone.example.com -> web.pay.svc.cluster.local',
    ]);
  });
});

describe('a route is not reported', () => {
  test.each([
    ['for calls from another namespace', { sourceNamespace: 'blue' }],
    ['for calls from pods with other labels', { sourceLabels: { app: 'other' } }],
    ['at a gateway', { gateways: ['ingress'] }],
    ['to a port that is not granted', { port: 9090 }],
  ])('%s', (_title, match) => {
    expect(reroutes([apiRoutes({ match: [match], ...routeTo('web') })])).toEqual([]);
  });

  test.each(['tls', 'tcp'])('of kind %s, for an HTTP port', (kind) => {
    expect(reroutes([virtualService('pay/routes', { hosts: ['api'], [kind]: [routeTo('web')] })])).toEqual(
      [],
    );
  });

  test('of a VirtualService for gateways only', () => {
    const routes = { hosts: ['api'], gateways: ['ingress'], http: [routeTo('web')] };
    expect(reroutes([virtualService('pay/routes', routes)])).toEqual([]);
  });

  test('of a VirtualService that the Sidecar excludes', () => {
    expect(reroutes([apiRoutes(routeTo('web'))], { excluded: ['~pay/api.pay.svc.cluster.local'] })).toEqual(
      [],
    );
  });

  test('of a VirtualService of a namespace of which the Sidecar lists no host', () => {
    const routes = virtualService('blue/routes', { hosts: [API.host.slice(4)], http: [routeTo('web')] });
    expect(reroutes([routes])).toEqual([]);
  });
});

describe('the target of a route is granted', () => {
  test('if the scope may call it on the port of the route, and not on another port', () => {
    const destinations = [API, { ...WEB, ports: [80] }];
    expect(reroutes([apiRoutes(routeTo('web', 80))], { destinations })).toEqual([]);
    expect(reroutes([apiRoutes(routeTo('web', 9090))], { destinations })).toEqual([`${TO_WEB}:9090`]);
  });

  test('without a port, if the scope may call the only port of the host', () => {
    const objects = [service('pay/single', { http: 8080 })];
    const destinations = [API, destination('pay/single.pay.svc.cluster.local')];
    expect(reroutes([apiRoutes(routeTo('single'))], { destinations, objects })).toEqual([]);
  });

  test('without a port, if the scope may call the port that was called', () => {
    expect(reroutes([apiRoutes(routeTo('web'))], { destinations: [API, { ...WEB, ports: [80] }] })).toEqual(
      [],
    );
    expect(reroutes([apiRoutes(routeTo('web'))], { destinations: [API, { ...WEB, ports: [9090] }] })).toEqual(
      [TO_WEB],
    );
  });

  test('before it exists, if the scope may then call it', () => {
    const destinations = [API, destination('pay/*')];
    expect(reroutes([apiRoutes(routeTo('later'))], { destinations })).toEqual([]);
    expect(reroutes([apiRoutes(routeTo('later'))])).toEqual([`${API.host} -> later.pay.svc.cluster.local`]);
  });

  test('headless: for HTTP, where clients choose the address anyway, and not for TCP', () => {
    const destinations = [API, destination('pay/pods.pay.svc.cluster.local')];
    const routedTo = (port: string) =>
      reroutes([apiRoutes(routeTo('pods'))], {
        destinations,
        objects: [headless('pay/pods', { [port]: 80 })],
      });
    expect(routedTo('http')).toEqual([]);
    expect(routedTo('tcp-db')).toEqual([`${API.host} -> pods.pay.svc.cluster.local`]);
  });
});
