// What an `allow` entry of kind namespace grants.
import { describe, expect, test } from 'vitest';
import { resolveNamespace } from '../../../../src/compile/grants/from-namespace.ts';
import {
  created,
  headless,
  MANAGED,
  service,
  serviceEntry,
  snapshotOf,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { target } from '../../../support/registered-hosts.ts';

const resolved = (namespace: string, objects: readonly ClusterObject[], ports?: readonly number[]) =>
  resolveNamespace(
    { kind: 'namespace', namespace, ...(ports === undefined ? {} : { ports }) },
    snapshotOf(objects),
  );

describe('another namespace', () => {
  const OBJECTS = [
    service('pay/api', { http: 80, 'http-admin': 9090 }),
    service('pay/db', { 'tcp-db': 5432 }),
    serviceEntry('pay/entry', { hosts: ['www.example.com'] }),
  ];

  test('is granted as a whole', () => {
    expect(resolved('pay', OBJECTS)).toEqual({ targets: [target('pay/*')], diagnostics: [] });
  });

  test('with ports, each of its hosts that has one of them is granted', () => {
    expect(resolved('pay', OBJECTS, [80, 443])).toEqual({
      targets: [target('pay/api.pay.svc.cluster.local', [80, 443]), target('pay/www.example.com', [80, 443])],
      diagnostics: [],
    });
  });

  test('is granted, and reported, if it does not exist', () => {
    expect(resolved('pay', [])).toEqual({
      targets: [target('pay/*')],
      diagnostics: [{ code: 'NamespaceNotFound', namespace: 'pay' }],
    });
  });

  test('is reported for each host with a port that clients can spoof', () => {
    expect(resolved('pay', [headless('pay/db', { http: 80, 'tcp-db': 5432 })]).diagnostics).toEqual([
      { code: 'HostSpoofable', destination: 'pay/db.pay.svc.cluster.local' },
    ]);
    expect(resolved('pay', [headless('pay/db', { http: 80, 'tcp-db': 5432 })], [5432]).diagnostics).toEqual(
      [],
    );
  });
});

describe('the namespace of the intent', () => {
  const FOREIGN = serviceEntry('shop/foreign', { hosts: ['foreign.example.com'] });
  const OBJECTS = [
    service('shop/web', { http: 80 }),
    FOREIGN,
    serviceEntry('shop/managed', { hosts: ['managed.example.com'] }, MANAGED),
  ];

  test('is granted with its Services and foreign ServiceEntries, without the hosts that other intents list', () => {
    expect(resolved('shop', OBJECTS)).toEqual({
      targets: [target('shop/*.shop.svc.cluster.local'), target('shop/foreign.example.com')],
      diagnostics: [],
    });
  });

  test('with ports, each of these hosts that has one of them is granted', () => {
    expect(resolved('shop', OBJECTS, [443]).targets).toEqual([target('shop/foreign.example.com', [443])]);
    expect(resolved('shop', OBJECTS, [80]).targets).toEqual([
      target('shop/web.shop.svc.cluster.local', [80]),
    ]);
  });

  test('does not grant a foreign host that an older managed ServiceEntry shadows', () => {
    const older = serviceEntry(
      'shop/older',
      { hosts: ['foreign.example.com'] },
      { ...MANAGED, ...created('01') },
    );
    const younger = serviceEntry('shop/foreign', { hosts: ['foreign.example.com'] }, created('02'));
    expect(resolved('shop', [older, younger])).toEqual({
      targets: [target('shop/*.shop.svc.cluster.local')],
      diagnostics: [
        {
          code: 'ServiceEntryShadowed',
          host: 'foreign.example.com',
          serviceEntry: 'shop/foreign',
          managedServiceEntry: 'shop/older',
          ports: [443],
        },
      ],
    });
  });
});
