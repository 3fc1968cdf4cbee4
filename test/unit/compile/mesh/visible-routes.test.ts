// The VirtualServices of namespace `pay` that namespace `shop` can see.
import { expect, test } from 'vitest';
import { visibleRoutes } from '../../../../src/compile/mesh/visible-routes.ts';
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
