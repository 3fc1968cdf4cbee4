// Of several VirtualServices the one with the closest host has the http routes of a call.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeness, outdone, outdoneWhole } from '../../../../src/compile/routes/closest-routes.ts';
import { covers } from '../../../../src/domain/istio/egress-host.ts';
import type { VisibleRoutes } from '../../../../src/compile/mesh/visible-routes.ts';

const HOSTS = ['a.b.com', 'x-a.b.com', 'b.com', '*.b.com'] as const;
const NAMES = [...HOSTS, '*.com', '*', '*-a.b.com', '*a.b.com', 'other.org'] as const;

function routesFor(names: readonly string[], protocol: 'http' | 'tcp' = 'http'): VisibleRoutes {
  const route = { protocol, matches: [], destinations: [], sniHosts: [] };
  const virtualService = {
    kind: 'VirtualService',
    namespace: 'shop',
    name: names.join(),
    exportTo: [],
    hosts: names,
    spellings: [],
    isForMesh: true,
    routes: [route],
  } as const;
  return { virtualService, names };
}

test('one that covers a host is outdone if and only if the host of another one is closer, and no other ever is', () => {
  const some = fc.subarray([...NAMES], { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...HOSTS), some, fc.array(some, { maxLength: 4 }), (host, own, others) => {
      const routes = routesFor(own);
      const all = [routes, ...others.map((names) => routesFor(names))];
      const isCovering = own.some((name) => covers(name, host));
      const isCloser = all.some((other) => closeness(host, other) > closeness(host, routes));
      expect(outdone(all)(host, routes)).toBe(!host.startsWith('*') && isCovering && isCloser);
    }),
    { numRuns: 3_000 },
  );
});

test('one with routes of another protocol is never outdone as a whole', () => {
  const [exact, http, tcp] = [routesFor(['a.b.com']), routesFor(['*.b.com']), routesFor(['*.b.com'], 'tcp')];
  const isOutdone = outdoneWhole([exact, http, tcp]);
  expect([http, tcp, exact].map((routes) => isOutdone('a.b.com', routes))).toEqual([true, false, false]);
});
