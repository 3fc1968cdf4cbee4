// What a compilation read of the cluster, which decides what compiles the namespace again.
import { expect, test } from 'vitest';
import { clusterFromObjects } from '../../../src/cluster/from-objects.ts';
import { createMemo } from '../../../src/cluster/memo/memo.ts';
import { recordLookups } from '../../../src/cluster/lookup-recorder.ts';
import { service, serviceEntry } from '../../support/cluster-objects.ts';

const OBJECTS = [service('pay/api', { http: 80 }), serviceEntry('pay/entry', { hosts: ['www.example.com'] })];
const recorded = () =>
  recordLookups(clusterFromObjects(OBJECTS).objectsIn('shop').cluster, createMemo().begin([]));

test('before any read only the mesh is recorded, which every snapshot holds', () => {
  expect(recorded().lookups()).toEqual(['Mesh']);
});

test('reads return what the cluster has', () => {
  const cluster = recorded();
  expect(cluster.hasNamespace('pay')).toBe(true);
  expect(cluster.service('pay', 'api')).toMatchObject({ name: 'api' });
  expect(cluster.serviceEntries('pay', 'www.example.com')).toMatchObject([{ name: 'entry' }]);
  expect(cluster.registrations('pay').services).toHaveLength(1);
});

test('each read is recorded, whether it finds something or not', () => {
  const cluster = recorded();
  cluster.hasNamespace('blue');
  cluster.service('pay', 'api');
  cluster.service('pay', 'web');
  cluster.serviceEntries('pay', 'www.example.com');
  cluster.registrations('pay');
  cluster.istioConfig('pay');
  cluster.serviceEntriesAnywhere('www.example.com');
  cluster.serviceEntriesBelow('*.example.com');
  cluster.virtualServicesAnywhere('api');
  cluster.virtualServicesBelow('*.example.com');
  cluster.servicesInBlock('10.0.0.0/8');
  expect(cluster.lookups()).toEqual([
    'Mesh',
    'Namespace/blue',
    'Service/pay/api',
    'Service/pay/web',
    'ServiceEntry/pay/www.example.com',
    'Registrations/pay',
    'IstioConfig/pay',
    'ServiceEntryAnywhere/www.example.com',
    'ServiceEntryBelow/*.example.com',
    'VirtualServiceAnywhere/api',
    'VirtualServiceBelow/*.example.com',
    'ClusterIps/10.0.0.0/8',
  ]);
});

test('a read that is repeated is recorded once', () => {
  const cluster = recorded();
  for (const _ of [1, 2]) {
    cluster.service('pay', 'api');
    cluster.istioConfig('pay');
    cluster.serviceEntries('pay', 'www.example.com');
  }
  expect(cluster.lookups()).toHaveLength(4);
});
