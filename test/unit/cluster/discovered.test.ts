// What the compiler is shown of a cluster whose MeshConfig has discoverySelectors.
import { expect, test } from 'vitest';
import { assemble } from '../../../src/cluster/assemble.ts';
import { clusterFromObjects } from '../../../src/cluster/from-objects.ts';
import type { Snapshot } from '../../../src/cluster/snapshot.ts';
import { parentKey } from '../../../src/domain/kinds/gateway-route.ts';
import { settingsWith } from '../../support/compiler.ts';

const object = (kind: string, namespace: string, spec: object, apiVersion = 'networking.istio.io/v1') => ({
  apiVersion,
  kind,
  metadata: { name: 'one', namespace },
  spec,
});

const objectsOf = (namespace: string): readonly object[] => [
  object('Service', namespace, { ports: [{ port: 80 }] }, 'v1'),
  object('ServiceEntry', namespace, { hosts: ['a.example.com'], ports: [] }),
  object('VirtualService', namespace, { hosts: ['a.example.com'] }),
  object('DestinationRule', namespace, { host: 'a.example.com' }),
  object(
    'HTTPRoute',
    namespace,
    { parentRefs: [{ group: '', kind: 'Service', name: 'one', namespace: 'seen' }], rules: [] },
    'gateway.networking.k8s.io/v1',
  ),
];

const NAMESPACES = { own: {}, seen: { mesh: 'yes' }, ignored: {}, unknown: undefined };

function snapshotWith(mesh: string): Snapshot {
  const state = clusterFromObjects([
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace: 'istio-system' },
      data: { mesh },
    },
    ...Object.entries(NAMESPACES).flatMap(([name, labels]) =>
      labels === undefined ? [] : [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }],
    ),
    ...Object.keys(NAMESPACES).flatMap(objectsOf),
  ]);
  return assemble('own', state.objectsIn('own'), settingsWith());
}

const of = (found: readonly { readonly namespace: string }[]): readonly string[] =>
  found.map(({ namespace }) => namespace).toSorted();

/** Each question, with the namespaces of which it finds objects. */
function foundBy({ cluster }: Snapshot): Readonly<Record<string, readonly string[]>> {
  const names = Object.keys(NAMESPACES);
  return {
    service: names.filter((name) => cluster.service(name, 'one') !== undefined).toSorted(),
    serviceEntries: of(names.flatMap((name) => cluster.serviceEntries(name, 'a.example.com'))),
    serviceEntriesAnywhere: of(cluster.serviceEntriesAnywhere('a.example.com')),
    serviceEntriesBelow: of(cluster.serviceEntriesBelow('*.example.com')),
    virtualServicesAnywhere: of(cluster.virtualServicesAnywhere('a.example.com')),
    virtualServicesBelow: of(cluster.virtualServicesBelow('*.example.com')),
    gatewayRoutesOf: of(
      cluster.gatewayRoutesOf(parentKey({ kind: 'Service', namespace: 'seen', name: 'one' })),
    ),
    services: of(names.flatMap((name) => cluster.registrations(name).services)),
    entries: of(names.flatMap((name) => cluster.registrations(name).serviceEntries)),
    routes: of(names.flatMap((name) => cluster.istioConfig(name).virtualServices)),
    destinationRules: of(names.flatMap((name) => cluster.istioConfig(name).destinationRules)),
  };
}

test.each([
  {
    what: 'the labels that the selectors want',
    mesh: 'discoverySelectors: [{ matchLabels: { mesh: yes } }]',
  },
  {
    what: 'an expression',
    mesh: 'discoverySelectors: [{ matchExpressions: [{ key: mesh, operator: Exists }] }]',
  },
])('with $what, nothing of the other namespaces', ({ mesh }) => {
  const found = foundBy(snapshotWith(mesh.replace('yes', '"yes"')));
  for (const [question, namespaces] of Object.entries(found))
    expect([question, namespaces]).toEqual([question, ['own', 'seen', 'unknown']]);
});

test.each(['', 'discoverySelectors: []', 'discoverySelectors: [{}]'])('with "%s", everything', (mesh) => {
  for (const namespaces of Object.values(foundBy(snapshotWith(mesh))))
    expect(namespaces).toEqual(['ignored', 'own', 'seen', 'unknown']);
});

test('a namespace that gets the label is a reason to compile again', () => {
  const snapshot = snapshotWith('discoverySelectors: [{ matchLabels: { mesh: "yes" } }]');
  snapshot.cluster.virtualServicesAnywhere('a.example.com');
  expect(snapshot.cluster.lookups()).toContain('Namespace/ignored');
});
