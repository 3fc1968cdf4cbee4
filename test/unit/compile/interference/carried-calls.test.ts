// A route applies to the calls of a granted host only where the listener that carries them imports it: what another listener of the same Sidecar imports
// says nothing about them.
import { describe, expect, test } from 'vitest';
import { compile } from '../../../../src/compile/compile.ts';
import {
  headless,
  routeTo,
  service,
  snapshotOf,
  virtualService,
  webIntent,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';

const API = 'api.green.svc.cluster.local';

/** The codes of what is told of the VirtualService `partners/both`, or of where it leads, on the first entry, which grants what the pods call. */
function told(allow: readonly object[], ...objects: readonly ClusterObject[]): readonly string[] {
  const { diagnostics } = compile(snapshotOf([webIntent(allow), ...objects], { platformHosts: [] }));
  const codes = diagnostics.flatMap((diagnostic) => {
    const isAbout = !('route' in diagnostic) || diagnostic.route === 'VirtualService partners/both';
    return 'entry' in diagnostic && diagnostic.entry === 0 && isAbout ? [diagnostic.code] : [];
  });
  return [...new Set(codes)].toSorted();
}

const granted = (name: string, namespace: string, ports: readonly number[]) => ({
  service: { name, namespace },
  ...(ports.length === 0 ? {} : { ports: ports.map((port) => ({ port })) }),
});

const http = { http: [routeTo('elsewhere.org')] };
const tcp = { tcp: [routeTo('elsewhere.org', 5432)] };
const tls = { tls: [{ match: [{ sniHosts: [API] }], ...routeTo('elsewhere.org', 443) }] };
const pods = { http: [routeTo('pods')] };

/** The port numbers of a Service by name, and those that are granted; none are all. */
type Side = readonly [ports: Readonly<Record<string, number>>, granted: readonly number[]];

/** The Service that is called, and that whose routes are imported for it. */
type Given = readonly [title: string, called: Side, other: Side, routes: object];

const toldOf = (called: Side, other: Side, routes: object, hosts: readonly string[]): readonly string[] =>
  told(
    [granted('api', 'green', called[1]), granted('orders', 'partners', other[1])],
    service('green/api', called[0]),
    service('partners/orders', other[0]),
    headless('partners/pods', { http: 80 }),
    virtualService('partners/both', { hosts: [...hosts, 'orders'], ...routes }),
  );

const HTTP: Side = [{ http: 80 }, []];
const LIMITED_HTTP: Side = [{ http: 80, admin: 90 }, [80]];
const OTHER_HTTP: Side = [{ http: 81, more: 82 }, []];
const LIMITED_OTHER_HTTP: Side = [{ http: 81, more: 82 }, [81]];

describe('a route that one listener imports is not told of calls that another one carries', () => {
  test.each<Given>([
    ['HTTP on a port of its own, the route beside it', LIMITED_HTTP, OTHER_HTTP, http],
    ['HTTP without a limit, the route on a port of its own', HTTP, LIMITED_OTHER_HTTP, http],
    ['each on a port of its own', LIMITED_HTTP, LIMITED_OTHER_HTTP, http],
    ['at which the client would choose the address', LIMITED_HTTP, OTHER_HTTP, pods],
    ['TCP on a port of its own', [{ tcp: 5432, admin: 90 }, [5432]], [{ tcp: 5433 }, []], tcp],
    ['TCP without a limit', [{ tcp: 5432 }, []], [{ tcp: 5433, more: 82 }, [5433]], tcp],
    ['TCP without a limit, on the number', [{ tcp: 5432 }, []], [{ tcp: 5432, more: 82 }, [5432]], tcp],
    ['TLS on a port of its own', [{ tls: 443, admin: 90 }, [443]], [{ tls: 444 }, []], tls],
    ['HTTP on the number, all in its listener', LIMITED_HTTP, [{ tcp: 80 }, []], http],
    ['TCP of a port without a protocol, beside HTTP', [{ any: 80 }, []], [{ http: 80, more: 82 }, [80]], tcp],
  ])('%s', (_title, called, other, routes) => {
    for (const host of [API, '*.green.svc.cluster.local'])
      expect(toldOf(called, other, routes, [host])).toEqual(['RouteNotFollowed']);
  });
});

describe('a route that a listener imports is told of calls that it carries', () => {
  test.each<readonly [...Given, expected: string]>([
    ['without limits', HTTP, HTTP, http, 'VirtualServiceReroutes'],
    ['on one port', LIMITED_HTTP, [{ http: 80, more: 82 }, [80]], http, 'VirtualServiceReroutes'],
    [
      'without a limit, on the port of the other',
      HTTP,
      [{ http: 80, more: 82 }, [80]],
      http,
      'VirtualServiceReroutes',
    ],
    ['at which the client chooses the address', HTTP, HTTP, pods, 'HostSpoofable'],
    ['TCP without limits', [{ tcp: 5432 }, []], [{ tcp: 5432 }, []], tcp, 'VirtualServiceReroutes'],
    [
      'TLS on one port',
      [{ tls: 443, a: 90 }, [443]],
      [{ tls: 443, b: 82 }, [443]],
      tls,
      'VirtualServiceReroutes',
    ],
    [
      'TCP of a port without a protocol',
      [{ any: 80 }, []],
      [{ http: 80 }, []],
      tcp,
      'VirtualServiceReroutes',
    ],
  ])('%s', (_title, called, other, routes, expected) => {
    const codes = toldOf(called, other, routes, [API]);
    expect(codes).toEqual(expect.arrayContaining(['RouteImportedAlong', expected]));
    expect(codes).not.toContain('RouteNotFollowed');
  });

  test('for a shorter name of the Service, on port 80', () => {
    const codes = toldOf(HTTP, [{ http: 80, more: 82 }, [80]], http, ['api.green']);
    expect(codes).toEqual(['VirtualServiceReroutes']);
  });
});

describe('a route for a wildcard beside one for the very host, which the same listener imports', () => {
  const WIDE = ['*.green.svc.cluster.local'];
  const beside = (
    namespace: string,
    hosts: readonly string[],
    wide: object,
    exact: object,
  ): readonly string[] => {
    const { diagnostics } = compile(
      snapshotOf(
        [
          webIntent([granted('api', 'green', []), granted('orders', 'partners', [])]),
          service('green/api', { http: 80, tcp: 5432, tls: 443 }),
          service('partners/orders', { http: 80 }),
          headless('partners/pods', { http: 80 }),
          virtualService(`${namespace}/wide`, { hosts, ...wide }),
          virtualService('green/exact', { hosts: [API], ...exact }),
        ],
        { platformHosts: [] },
      ),
    );
    return diagnostics.flatMap((diagnostic) =>
      'route' in diagnostic && diagnostic.route === `VirtualService ${namespace}/wide`
        ? [diagnostic.code]
        : [],
    );
  };
  const exact = { http: [{ timeout: '3s', ...routeTo(API) }] };

  test.each<readonly [string, string, readonly string[], object]>([
    ['of a followed namespace', 'green', WIDE, http],
    ['of the own namespace', 'shop', WIDE, http],
    [
      'of another namespace',
      'partners',
      [...WIDE, 'orders.partners.svc.cluster.local'],
      { http: [routeTo(API)] },
    ],
    [
      'that leads to where the client chooses',
      'green',
      WIDE,
      { http: [routeTo('pods.partners.svc.cluster.local')] },
    ],
  ])('is not told of HTTP calls: %s', (_title, namespace, hosts, wide) => {
    expect(beside(namespace, hosts, wide, exact)).toEqual([]);
    expect(beside(namespace, hosts, wide, { tcp: [routeTo(API, 5432)] })).toEqual([]);
  });

  test('is told of calls by connection', () => {
    expect(beside('green', WIDE, tcp, exact)).toEqual(['RouteFollowed']);
  });

  test('is told of calls by a shorter name, for which there is no other', () => {
    expect(beside('green', ['api.green'], http, exact)).toEqual(['RouteFollowed']);
  });
});
