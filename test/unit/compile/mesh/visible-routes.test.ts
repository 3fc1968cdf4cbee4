// The VirtualServices that namespace `shop` can see: those of namespace `pay`, and those that apply to calls for a name.
import { expect, test } from 'vitest';
import { routesNaming, visibleRoutes } from '../../../../src/compile/mesh/visible-routes.ts';
import {
  meshConfig,
  snapshotOf,
  virtualService,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';

const visible = (...objects: readonly ClusterObject[]) =>
  visibleRoutes('pay', snapshotOf(objects)).map(({ virtualService: { name }, names }) => [name, names]);

test('short names become full names of the namespace of the VirtualService', () => {
  expect(visible(virtualService('pay/routes', { hosts: ['api', 'www.example.com'] }))).toEqual([
    ['routes', ['api.pay.svc.cluster.local', 'www.example.com']],
  ]);
});

test.each([
  ['it is not exported', [virtualService('pay/routes', { hosts: ['api'], exportTo: ['.'] })]],
  [
    'the default of the mesh does not export it',
    [virtualService('pay/routes', { hosts: ['api'] }), meshConfig('defaultVirtualServiceExportTo: ["."]')],
  ],
  ['it is of another namespace', [virtualService('blue/routes', { hosts: ['api'] })]],
])('a VirtualService is not visible if %s', (_title, objects) => {
  expect(visible(...objects)).toEqual([]);
});

test.each([
  ['api.pay.svc.cluster.local', '*i.pay.svc.cluster.local', true],
  ['a-api.example.com', '*-api.example.com', true],
  ['b.a-api.example.com', '*-api.example.com', true],
  ['*.example.com', '*-api.example.com', true],
  ['*-api.example.com', 'a-api.example.com', true],
  ['api.example.com', '*-api.example.com', false],
  ['*-api.example.com', 'a.example.com', false],
])('routes for calls to %s by a VirtualService for %s: %s', (name, host, isFound) => {
  const snapshot = snapshotOf([virtualService('pay/routes', { hosts: [host] })]);
  expect(routesNaming(name, snapshot).length).toBe(isFound ? 1 : 0);
});
