// The cost of routes and registrations of others grows with their number, and not much faster. Each measure is the ratio of two costs in one run.
import { expect, test } from 'vitest';
import { assemble } from '../../../src/cluster/assemble.ts';
import { clusterFromObjects } from '../../../src/cluster/from-objects.ts';
import type { Snapshot } from '../../../src/cluster/snapshot.ts';
import { compile } from '../../../src/compile/compile.ts';
import {
  created,
  routeTo,
  service,
  serviceEntry,
  virtualService,
  type ClusterObject,
} from '../../support/cluster-objects.ts';
import { ratioOf } from '../../support/compile-costs.ts';
import { settingsWith } from '../../support/compiler.ts';

/** Intents for all pods of the namespace, of which none has too many entries. */
const intents = (allow: readonly object[]): readonly ClusterObject[] =>
  Array.from({ length: Math.ceil(allow.length / 200) }, (_, index) => ({
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntent',
    metadata: { name: `intent-${index}`, namespace: 'shop', uid: `uid-${index}`, ...created('01') },
    spec: { allow: allow.slice(index * 200, (index + 1) * 200) },
  }));

const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const serviceName = (index: number): string => `service-${index}.pay.svc.cluster.local`;
const hostName = (index: number): string => `host-${index}.example.com`;
const services = (count: number): readonly ClusterObject[] =>
  times(count, (index) => service(`pay/service-${index}`, { http: 80, 'tcp-db': 5432 }));
const http = {
  ports: [
    { number: 80, name: 'http', protocol: 'HTTP' },
    { number: 81, name: 'http-81', protocol: 'HTTP' },
  ],
};
const registered = (namespace: string, count: number, spec: object, day: string): readonly ClusterObject[] =>
  times(count, (index) =>
    serviceEntry(`${namespace}/entry-${index}`, { hosts: [hostName(index)], ...http, ...spec }, created(day)),
  );
const ofPort80 = { ports: [{ port: 80 }] };
const entryOf = (index: number, namespace: string) => ({
  serviceEntry: { host: hostName(index), namespace },
});

type Scenario = readonly [title: string, objects: (count: number) => readonly ClusterObject[]];

const SCENARIOS: readonly Scenario[] = [
  [
    'Services of a namespace of which one port is granted, each with a VirtualService that also leads to the next one',
    (count) => [
      ...services(count),
      ...times(count, (index) => {
        const routes = [index, (index + 1) % count].map((to) => routeTo(serviceName(to), 80).route[0]);
        const weighted = routes.map((each) => ({ ...each, weight: 50 }));
        return virtualService(`pay/route-${index}`, {
          hosts: [serviceName(index)],
          http: [{ route: weighted }],
        });
      }),
      ...intents([{ namespace: { name: 'pay' }, ...ofPort80 }]),
    ],
  ],
  [
    'Services, each with a VirtualService of the caller',
    (count) => [
      ...services(count),
      ...times(count, (index) =>
        virtualService(`shop/route-${index}`, {
          hosts: [serviceName(index)],
          http: [routeTo(serviceName(index))],
        }),
      ),
      ...intents(times(count, (index) => ({ service: { name: `service-${index}`, namespace: 'pay' } }))),
    ],
  ],
  [
    'hosts, each with a VirtualService of the caller to where nothing is granted',
    (count) => [
      ...times(count, (index) =>
        virtualService(`shop/route-${index}`, {
          hosts: [hostName(index)],
          http: [routeTo(serviceName(index))],
        }),
      ),
      ...services(count),
      ...intents(
        times(count, (index) => ({ host: hostName(index), ports: [{ port: 80, protocol: 'HTTP' }] })),
      ),
    ],
  ],
  [
    'hosts that are granted of two namespaces',
    (count) => [
      ...registered('tools', count, { exportTo: ['shop'] }, '02'),
      ...registered('istio-system', count, {}, '01'),
      ...intents(times(count, (index) => [entryOf(index, 'tools'), entryOf(index, 'istio-system')]).flat()),
    ],
  ],
  [
    'hosts of which one port is granted of two namespaces',
    (count) => [
      ...registered('tools', count, { exportTo: ['shop'] }, '02'),
      ...registered('istio-system', count, {}, '01'),
      ...intents(
        times(count, (index) => [
          { ...entryOf(index, 'tools'), ...ofPort80 },
          { ...entryOf(index, 'istio-system'), ...ofPort80 },
        ]).flat(),
      ),
    ],
  ],
  [
    'hosts that only a VirtualService knows',
    (count) => [
      ...services(1),
      ...times(count, (index) =>
        virtualService(`routes/route-${index}`, {
          hosts: [hostName(index)],
          http: [routeTo(serviceName(0))],
        }),
      ),
      ...intents([
        { service: { name: 'service-0', namespace: 'pay' } },
        ...times(count, (index) => entryOf(index, 'routes')),
      ]),
    ],
  ],
  [
    'VirtualServices for one Service, half of them by a wildcard',
    (count) => [
      ...services(1),
      ...times(count, (index) =>
        virtualService(`pay/route-${index}`, {
          hosts: [index % 2 === 0 ? serviceName(0) : '*.pay.svc.cluster.local'],
          http: [routeTo(serviceName(0))],
        }),
      ),
      ...intents([{ service: { name: 'service-0', namespace: 'pay' }, ...ofPort80 }]),
    ],
  ],
];

const snapshotOf = (objects: readonly ClusterObject[]): Snapshot =>
  assemble('shop', clusterFromObjects(objects).objectsIn('shop'), settingsWith());

test.each(SCENARIOS)(
  'four times as many cost at most 8 times as much: %s',
  (_title, objects) => {
    const [small, large] = [snapshotOf(objects(300)), snapshotOf(objects(1_200))];
    expect(compile(large).sidecars).toHaveLength(1);
    expect(ratioOf(small, large, 12)).toBeLessThan(8);
  },
  60_000,
);
