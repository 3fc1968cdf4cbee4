// The hosts that a Sidecar of namespace `shop` imports by an egress host.
import { describe, expect, test } from 'vitest';
import { serviceEntriesFor } from '../../../../src/compile/grants/service-entries.ts';
import { createServiceRegistry } from '../../../../src/compile/mesh/service-registry.ts';
import { normalisedHost } from '../../../../src/domain/network.ts';
import {
  externalName,
  MANAGED,
  meshConfig,
  service,
  serviceEntry,
  snapshotOf,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { grant, intent } from '../../../support/registered-hosts.ts';

const API = 'api.pay.svc.cluster.local';
const exported = (to: string) => ({ 'networking.istio.io/exportTo': to });

const imported = (egressHost: string, ...objects: readonly ClusterObject[]) =>
  createServiceRegistry(snapshotOf(objects), [])(egressHost).map(({ host }) => host);

describe('an egress host imports', () => {
  const OBJECTS = [
    service('pay/api', { http: 80 }),
    externalName('pay/alias', 'www.example.com'),
    serviceEntry('pay/entry', { hosts: ['www.example.com', 'api.example.com'] }),
    service('blue/api', { http: 80 }),
  ];

  test.each([
    ['pay/api.pay.svc.cluster.local', [API]],
    ['pay/www.example.com', ['www.example.com']],
    ['pay/*.example.com', ['www.example.com', 'api.example.com']],
    ['pay/*', [API, 'www.example.com', 'api.example.com']],
    ['pay/gone.example.com', []],
    ['pay/api.blue.svc.cluster.local', []],
  ])('%s: %j', (egressHost, hosts) => {
    expect(imported(egressHost, ...OBJECTS)).toEqual(hosts);
  });
});

describe('a host is imported only if its namespace exports it', () => {
  test.each([
    ['to this namespace', [service('pay/api', { http: 80 }, exported('blue, shop'))], [API]],
    ['not to another one only', [service('pay/api', { http: 80 }, exported('blue'))], []],
    ['not to its own namespace only', [service('pay/api', { http: 80 }, exported('.'))], []],
    [
      'not if it does not say and the default of the mesh excludes this namespace',
      [service('pay/api', { http: 80 }), meshConfig('defaultServiceExportTo: ["."]')],
      [],
    ],
  ])('%s', (_title, objects, hosts) => {
    expect(imported('pay/*', ...objects)).toEqual(hosts);
  });

  test('which holds for ServiceEntries too', () => {
    expect(
      imported('pay/*', serviceEntry('pay/entry', { hosts: ['a.example.com'], exportTo: ['.'] })),
    ).toEqual([]);
  });
});

describe('managed ServiceEntries', () => {
  const host = normalisedHost('www.example.com');
  const external = { kind: 'host', host, ports: [{ port: 443, protocol: 'TLS' }] } as const;
  const snapshot = snapshotOf([serviceEntry('shop/live', { hosts: ['old.example.com'] }, MANAGED)]);
  const desired = serviceEntriesFor([grant(intent('web'), { externals: [external] })], snapshot.settings);
  const registry = createServiceRegistry(snapshot, desired);

  test('count as they will be written, not as they are', () => {
    expect(registry('shop/*').map((each) => [each.host, each.managed])).toEqual([['www.example.com', true]]);
    expect(registry('shop/www.example.com').map((each) => each.host)).toEqual(['www.example.com']);
  });

  test('are in the namespace of the intents only', () => {
    expect(registry('pay/www.example.com')).toEqual([]);
  });
});
