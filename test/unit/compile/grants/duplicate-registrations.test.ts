// A host that both a managed and a foreign ServiceEntry of the namespace register: which of the two Istio uses.
import { describe, expect, test } from 'vitest';
import {
  foreignEntryInForce,
  grantablePorts,
  laterForeignEntry,
  shadowedDiagnostics,
} from '../../../../src/compile/grants/duplicate-registrations.ts';
import {
  MANAGED,
  created,
  serviceEntry,
  snapshotOf,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';

const HOST = 'www.example.com';
const managed = (day: string, spec: object = {}) =>
  serviceEntry('shop/managed', { hosts: [HOST], ...spec }, { ...MANAGED, ...created(day) });
const foreign = (day: string, spec: object = {}) =>
  serviceEntry('shop/foreign', { hosts: [HOST], ...spec }, created(day));
const HTTP_80 = { ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] };
const BOTH = { ports: [...HTTP_80.ports, { number: 443, name: 'tls', protocol: 'TLS' }] };

describe('the host is reached through the foreign entry', () => {
  const inForce = (...objects: readonly ClusterObject[]) =>
    foreignEntryInForce(HOST, snapshotOf(objects), [{ number: 443, class: 'tls' }])?.name;

  test.each([
    ['if there is no managed entry', 'foreign', [foreign('02')]],
    ['if it is older', 'foreign', [foreign('01'), managed('02')]],
    [
      'if it has addresses, however young',
      'foreign',
      [managed('01'), foreign('02', { addresses: ['10.0.0.1'] })],
    ],
    ['if it has every granted port, however young', 'foreign', [managed('01'), foreign('02')]],
    [
      'but not if the managed entry is older and it lacks a port',
      undefined,
      [managed('01'), foreign('02', HTTP_80)],
    ],
    ['but not if the namespace cannot see it', undefined, [foreign('02', { exportTo: ['pay'] })]],
    ['but not if it is in another namespace', undefined, [serviceEntry('pay/foreign', { hosts: [HOST] })]],
  ])('%s', (_title, expected, objects) => {
    expect(inForce(...objects)).toBe(expected);
  });

  test('of several foreign entries through the oldest', () => {
    const oldest = serviceEntry('shop/oldest', { hosts: [HOST] }, created('01'));
    expect(inForce(foreign('02'), oldest)).toBe('oldest');
  });
});

describe('a later foreign entry changes the host', () => {
  test.each([
    ['if it has another port', 'foreign', [managed('01'), foreign('02', HTTP_80)]],
    ['if it has a further port', 'foreign', [managed('01'), foreign('02', BOTH)]],
    [
      'if it registers other hosts too',
      'foreign',
      [managed('01'), foreign('02', { hosts: [HOST, 'a.com'], ...BOTH })],
    ],
    ['but not if it has fewer ports', undefined, [managed('01', BOTH), foreign('02')]],
    ['but not if it has the same ports', undefined, [managed('01'), foreign('02')]],
    ['but not without a managed entry', undefined, [foreign('02', HTTP_80)]],
  ])('%s', (_title, expected, objects) => {
    expect(laterForeignEntry(HOST, snapshotOf(objects))?.name).toBe(expected);
  });
});

describe('a foreign entry that a managed one shadows', () => {
  const shadowed = snapshotOf([managed('01'), foreign('02')]);
  const entry = shadowed.serviceEntries.find((candidate) => !candidate.managed);
  if (entry === undefined) throw new Error('no foreign entry');

  test('grants no port', () => {
    expect(grantablePorts(entry, HOST, 'every', shadowed)).toEqual([]);
  });

  test('is reported with the ports that were asked for', () => {
    const report = {
      code: 'ServiceEntryShadowed',
      host: HOST,
      serviceEntry: 'shop/foreign',
      managedServiceEntry: 'shop/managed',
    };
    expect(shadowedDiagnostics(entry, entry.hosts, [443, 8443], shadowed)).toEqual([
      { ...report, ports: [443] },
    ]);
    expect(shadowedDiagnostics(entry, entry.hosts, [8443], shadowed)).toEqual([]);
  });

  test('grants its ports again once the managed one is gone', () => {
    const alone = snapshotOf([foreign('02')]);
    expect(grantablePorts(entry, HOST, [443], alone)).toEqual([443]);
    expect(shadowedDiagnostics(entry, entry.hosts, [443], alone)).toEqual([]);
  });
});
