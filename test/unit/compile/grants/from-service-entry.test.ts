// What an `allow` entry of kind serviceEntry grants.
import { expect, test } from 'vitest';
import { resolveServiceEntry } from '../../../../src/compile/grants/from-service-entry.ts';
import { grantedHostPorts } from '../../../../src/compile/grants/granted-host-ports.ts';
import type { EntryResolution } from '../../../../src/compile/grants/resolution.ts';
import { normalisedHost } from '../../../../src/domain/network.ts';
import {
  MANAGED,
  created,
  serviceEntry,
  snapshotOf,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { intent } from '../../../support/literals.ts';
import { target } from '../../../support/registered-hosts.ts';

const HOST = 'www.example.com';

const resolved = (
  namespace: string,
  ports: readonly number[],
  ...objects: readonly ClusterObject[]
): EntryResolution => resolvedBeside([], namespace, ports, ...objects);

const resolvedBeside = (
  named: readonly string[],
  namespace: string,
  ports: readonly number[],
  ...objects: readonly ClusterObject[]
): EntryResolution =>
  resolveServiceEntry(
    { kind: 'serviceEntry', namespace, host: normalisedHost(HOST), ports },
    snapshotOf(objects),
    grantedHostPorts([intent('other', { allow: named.map(hostEntry) })]),
  );

const hostEntry = (text: string) => ({
  kind: 'host' as const,
  host: normalisedHost(text),
  ports: [{ port: 443, protocol: 'TLS' as const }],
});

test('the host of a foreign ServiceEntry is granted', () => {
  expect(resolved('pay', [443], serviceEntry('pay/entry', { hosts: [HOST] }))).toEqual({
    targets: [target(`pay/${HOST}`, [443])],
    diagnostics: [],
  });
});

test('a port that the ServiceEntry lacks is reported', () => {
  expect(resolved('pay', [443, 8443], serviceEntry('pay/entry', { hosts: [HOST] })).diagnostics).toEqual([
    { code: 'PortNotFound', destination: `pay/${HOST}`, ports: [8443] },
  ]);
});

test('a ServiceEntry with resolution NONE is reported: clients choose the address', () => {
  const entry = serviceEntry('pay/entry', { hosts: [HOST], resolution: 'NONE' });
  expect(resolved('pay', [443], entry).diagnostics).toEqual([
    { code: 'HostSpoofable', destination: `pay/${HOST}` },
  ]);
});

test('a ServiceEntry that does not exist is granted for the time when it does, and reported', () => {
  expect(resolved('pay', [443])).toEqual({
    targets: [target(`pay/${HOST}`, [443])],
    diagnostics: [{ code: 'ServiceEntryNotFound', host: HOST, namespace: 'pay' }],
  });
});

test.each([HOST, `*.${HOST.split('.').slice(1).join('.')}`])(
  'a host that an intent lists as %s is not granted through a ServiceEntry that does not exist: its ports are those of that intent',
  (listed) => {
    const isSame = listed === HOST;
    expect(resolvedBeside([listed], 'shop', [443]).targets).toEqual(
      isSame ? [] : [target(`shop/${HOST}`, [443])],
    );
    expect(resolvedBeside([listed], 'pay', [443]).targets).toEqual([target(`pay/${HOST}`, [443])]);
  },
);

test('a managed ServiceEntry does not count: it exists only as long as another intent lists its host', () => {
  const managed = serviceEntry('shop/managed', { hosts: [HOST] }, MANAGED);
  expect(resolvedBeside([HOST], 'shop', [443], managed)).toEqual({
    targets: [],
    diagnostics: [{ code: 'ServiceEntryNotFound', host: HOST, namespace: 'shop' }],
  });
});

test('a ServiceEntry that is not exported is granted for the time when it is, and reported', () => {
  expect(resolved('pay', [443], serviceEntry('pay/entry', { hosts: [HOST], exportTo: ['.'] }))).toEqual({
    targets: [target(`pay/${HOST}`, [443])],
    diagnostics: [
      { code: 'ServiceEntryNotExported', host: HOST, namespace: 'pay', serviceEntry: 'pay/entry' },
    ],
  });
});

test('a ServiceEntry that an older managed one shadows grants no port', () => {
  const older = serviceEntry('shop/managed', { hosts: [HOST] }, { ...MANAGED, ...created('01') });
  const younger = serviceEntry('shop/entry', { hosts: [HOST] }, created('02'));
  expect(resolved('shop', [443], older, younger)).toEqual({
    targets: [target(`shop/${HOST}`, [])],
    diagnostics: [
      {
        code: 'ServiceEntryShadowed',
        host: HOST,
        serviceEntry: 'shop/entry',
        managedServiceEntry: 'shop/managed',
        ports: [443],
      },
    ],
  });
});

test.each([
  ['its own host', HOST, ['ServiceEntryShadowed']],
  ['another host of the ServiceEntry', 'other.example.com', []],
])('an older ServiceEntry of the controller for %s is told of an entry: %s', (_title, shadowed, codes) => {
  const ours = serviceEntry('shop/ours', { hosts: [shadowed] }, { ...MANAGED, ...created('01') });
  const foreign = serviceEntry('shop/entry', { hosts: [HOST, 'other.example.com'] }, created('02'));
  const { diagnostics = [] } = resolved('shop', [443], ours, foreign);
  expect(diagnostics.map(({ code }) => code)).toEqual(codes);
});
