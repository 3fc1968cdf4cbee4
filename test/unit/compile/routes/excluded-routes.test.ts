// VirtualServices that a Sidecar with a whole namespace would import, though they are for hosts of other namespaces.
import { describe, expect, test } from 'vitest';
import { createServiceRegistry } from '../../../../src/compile/mesh/service-registry.ts';
import { excludedRoutes } from '../../../../src/compile/routes/excluded-routes.ts';
import {
  routeTo,
  serviceEntry,
  snapshotOf,
  virtualService,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { destination, ISTIO_1_29, ISTIO_1_31 } from '../../../support/registered-hosts.ts';

const routes = (...hosts: readonly string[]) =>
  virtualService('pay/routes', { hosts, http: [routeTo('other.example.com')] });

const excluded = (
  objects: readonly ClusterObject[],
  destinations = [destination('pay/*')],
  features = ISTIO_1_31,
) => {
  const snapshot = snapshotOf(objects);
  const view = { snapshot, registry: createServiceRegistry(snapshot, []) };
  return excludedRoutes(destinations, view, features);
};

test('a VirtualService for a host of another namespace is excluded by that host', () => {
  expect(excluded([routes('api.blue.svc.cluster.local')])).toEqual(['~pay/api.blue.svc.cluster.local']);
});

describe('a VirtualService remains imported', () => {
  test.each([
    ['if it is for a Service of its namespace, by its short name', routes('api'), []],
    ['if one of its hosts is a Service of its namespace', routes('www.example.com', 'api'), []],
    ['if its host is a wildcard', routes('*.example.com'), []],
    [
      'if a ServiceEntry of its namespace registers the host',
      routes('www.example.com'),
      [serviceEntry('pay/entry', { hosts: ['www.example.com'] })],
    ],
    ['if it has no hosts, as a delegate', routes(), []],
  ])('%s', (_title, route, objects) => {
    expect(excluded([route, ...objects])).toEqual([]);
  });

  test('if the host is listed by name', () => {
    const destinations = [destination('pay/*'), destination('pay/www.example.com')];
    expect(excluded([routes('www.example.com')], destinations)).toEqual([]);
  });

  test('if it is of the platform, and a wildcard grants its host', () => {
    const ofPlatform = virtualService('istio-system/routes', {
      hosts: ['api.blue.svc.cluster.local'],
      http: [routeTo('other.example.com')],
    });
    const whole = destination('istio-system/*');
    expect(excluded([ofPlatform], [whole])).toEqual(['~istio-system/api.blue.svc.cluster.local']);
    expect(excluded([ofPlatform], [whole, destination('blue/*')])).toEqual([]);
    expect(excluded([ofPlatform], [whole, destination('blue/*.blue.svc.cluster.local')])).toEqual([]);
  });

  test('if the Sidecar does not list the whole namespace', () => {
    expect(excluded([routes('www.example.com')], [destination('pay/api.pay.svc.cluster.local')])).toEqual([]);
  });

  test('if this version of Istio cannot exclude', () => {
    expect(excluded([routes('www.example.com')], undefined, ISTIO_1_29)).toEqual([]);
  });
});
