// The state of the cluster from a list of objects, as a file holds it: the same as from the stores that watches fill.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { clusterFromObjects } from '../../../src/cluster/from-objects.ts';
import type { Store } from '../../../src/cluster/store.ts';
import { createClusterState, type ClusterState } from '../../../src/cluster/stores.ts';
import { parseIntent } from '../../../src/domain/egress-intent/intent.ts';
import { parseMeshConfig } from '../../../src/domain/kinds/mesh-config.ts';
import { parseNamespace } from '../../../src/domain/kinds/namespace.ts';
import { parsePod } from '../../../src/domain/kinds/pod.ts';
import { parseServiceEntry } from '../../../src/domain/kinds/service-entry.ts';
import { parseService } from '../../../src/domain/kinds/service.ts';
import { parseTelemetry } from '../../../src/domain/kinds/telemetry.ts';
import { parseVirtualService } from '../../../src/domain/kinds/virtual-service.ts';
import {
  meshConfig,
  pod,
  service,
  serviceEntry,
  telemetry,
  virtualService,
} from '../../support/cluster-objects.ts';

const Metadata = z.object({ metadata: z.object({ namespace: z.string().optional(), name: z.string() }) });

const NAMESPACE_SHOP = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const INTENT = {
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { allow: [] },
};

const SERVICE = service('shop/api', { http: 80 });
const SERVICE_ENTRY = serviceEntry('shop/entry', { hosts: ['www.example.com'] });
const MESH_CONFIG = meshConfig('rootNamespace: mesh');
const ROUTES = virtualService('shop/routes', { hosts: ['api'] });
const TRACES = telemetry('shop/traces', {});
const POD = pod('web', { app: 'web' });

const put = <T>(store: Store<T>, parse: (raw: unknown) => T | undefined, raw: object): void => {
  const value = parse(raw);
  const { namespace = '', name } = Metadata.parse(raw).metadata;
  if (value !== undefined) store.upsert({ namespace, name, uid: 'uid', resourceVersion: '7' }, value);
};

/** Fills the stores one by one, as the watches of the controller do. */
function stateOfWatches(): ClusterState {
  const state = createClusterState('istio-system');
  const { stores } = state;
  for (const name of ['shop', 'istio-system']) put(stores.Namespace, parseNamespace, { metadata: { name } });
  put(stores.EgressIntent, parseIntent, INTENT);
  put(stores.Pod, parsePod, POD);
  put(stores.Service, parseService, SERVICE);
  put(stores.ServiceEntry, parseServiceEntry, SERVICE_ENTRY);
  put(stores.ConfigMap, parseMeshConfig, MESH_CONFIG);
  put(stores.VirtualService, parseVirtualService, ROUTES);
  put(stores.Telemetry, parseTelemetry, TRACES);
  return state;
}

/** What a compilation of namespace `shop` can read of a state. */
function readable(state: ClusterState) {
  const { cluster, ...objects } = state.objectsIn('shop');
  return {
    ...objects,
    hasNamespace: ['shop', 'istio-system', 'pay'].map(cluster.hasNamespace),
    service: cluster.service('shop', 'api'),
    serviceEntries: cluster.serviceEntries('shop', 'www.example.com'),
    registrations: cluster.registrations('shop'),
    istioConfig: cluster.istioConfig('shop'),
    namespacesWithWork: state.namespacesWithWork(),
  };
}

test('the state is the same as that of stores that watches fill', () => {
  const objects = [NAMESPACE_SHOP, TRACES, ROUTES, MESH_CONFIG, SERVICE_ENTRY, SERVICE, POD, INTENT];
  const fromFile = readable(clusterFromObjects(objects));
  expect(fromFile).toEqual(readable(stateOfWatches()));
  expect(fromFile).toMatchObject({
    intents: [{ name: 'web' }],
    pods: [{ name: 'web' }],
    mesh: { configs: [{ rootNamespace: 'mesh' }] },
    hasNamespace: [true, true, false],
    service: { name: 'api' },
    istioConfig: { virtualServices: [{ name: 'routes' }], telemetries: [{ name: 'traces' }] },
    namespacesWithWork: ['shop'],
  });
});

describe('of a list of objects', () => {
  test('nested lists are read', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [service('pay/api', { http: 80 })] };
    expect(clusterFromObjects([list]).stores.Service.get('pay', 'api')).toMatchObject({ name: 'api' });
  });

  test('the last object with the same kind, namespace and name counts', () => {
    const objects = [service('pay/api', { http: 80 }), service('pay/api', { http: 8080 })];
    expect(clusterFromObjects(objects).stores.Service.get('pay', 'api')?.ports).toMatchObject([
      { number: 8080 },
    ]);
  });

  test('a namespace that holds an object exists', () => {
    expect(
      clusterFromObjects([service('pay/api', {})])
        .objectsIn('pay')
        .cluster.hasNamespace('pay'),
    ).toBe(true);
    expect(clusterFromObjects([]).objectsIn('pay').cluster.hasNamespace('pay')).toBe(false);
  });

  test.each([
    ['before', (namespace: object, other: object) => [namespace, other]],
    ['after', (namespace: object, other: object) => [other, namespace]],
  ])('a namespace keeps its labels, listed %s an object in it', (_where, listed) => {
    const pay = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pay', labels: { env: 'prod' } } };
    const { cluster } = clusterFromObjects(listed(pay, service('pay/api', {}))).objectsIn('shop');
    expect(cluster.namespaceLabels('pay')).toEqual({ env: 'prod', 'kubernetes.io/metadata.name': 'pay' });
  });

  test('labels of a namespace that is not listed itself are not known', () => {
    const { cluster } = clusterFromObjects([service('pay/api', {})]).objectsIn('shop');
    expect([cluster.hasNamespace('pay'), cluster.namespaceLabels('pay')]).toEqual([true, undefined]);
  });

  test('a workload counts as the pod that it would create', () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { template: { metadata: { labels: { app: 'web' } } } },
    };
    expect(clusterFromObjects([deployment]).objectsIn('shop').pods).toEqual([
      {
        namespace: 'shop',
        name: 'Deployment/web',
        labels: { app: 'web' },
        dataPlane: 'unknown',
        bypasses: [],
      },
    ]);
  });

  test('an older version of an Istio kind is read, another version of EgressIntent is not', () => {
    const older = {
      ...virtualService('shop/routes', { hosts: ['api'] }),
      apiVersion: 'networking.istio.io/v1beta1',
    };
    const future = { ...INTENT, apiVersion: 'egressintent.io/v2' };
    const { stores } = clusterFromObjects([older, future]);
    expect([stores.VirtualService.size(), stores.EgressIntent.size()]).toEqual([1, 0]);
  });

  test('MeshConfig counts in the namespace of Istio only', () => {
    const elsewhere = clusterFromObjects([meshConfig('rootNamespace: mesh')], 'istio-custom');
    expect(elsewhere.objectsIn('shop').mesh.configs).toEqual([]);
  });
});
