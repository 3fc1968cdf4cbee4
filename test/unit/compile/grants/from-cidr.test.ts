// What an `allow` entry of kind cidr grants.
import { expect, test } from 'vitest';
import { resolveCidr } from '../../../../src/compile/grants/from-cidr.ts';
import { cidr, serviceEntry, snapshotOf, type ClusterObject } from '../../../support/cluster-objects.ts';
import { target } from '../../../support/registered-hosts.ts';

const RANGE = cidr('203.0.113.0/24');

test('each port of a range is a host of its own, so that two apps can be granted different ports', () => {
  expect(resolveCidr({ kind: 'cidr', cidr: RANGE, ports: [443, 5432] }, snapshotOf([]))).toEqual({
    targets: [
      target('shop/tcp-443.cidr-203-0-113-0-24.egress-intent.internal'),
      target('shop/tcp-5432.cidr-203-0-113-0-24.egress-intent.internal'),
    ],
    externals: [
      { kind: 'cidr', cidr: RANGE, port: 443, host: 'tcp-443.cidr-203-0-113-0-24.egress-intent.internal' },
      { kind: 'cidr', cidr: RANGE, port: 5432, host: 'tcp-5432.cidr-203-0-113-0-24.egress-intent.internal' },
    ],
    diagnostics: [],
  });
});

test('a range that overlaps the ranges of the cluster is reported', () => {
  const snapshot = snapshotOf([], { clusterCidrs: ['10.96.0.0/12'] });
  const [inside, outside] = [cidr('10.96.0.10'), cidr('10.0.0.0/16')];
  expect(resolveCidr({ kind: 'cidr', cidr: inside, ports: [443] }, snapshot).diagnostics).toEqual([
    { code: 'CidrInCluster', cidr: inside, clusterCidr: '10.96.0.0/12' },
  ]);
  expect(resolveCidr({ kind: 'cidr', cidr: outside, ports: [443] }, snapshot).diagnostics).toEqual([]);
});

const resolved = (objects: readonly ClusterObject[]) => {
  const { targets = [], diagnostics = [] } = resolveCidr(
    { kind: 'cidr', cidr: RANGE, ports: [443] },
    snapshotOf(objects),
  );
  return {
    listed: targets.map(({ host }) => host).filter((host) => !host.endsWith('.egress-intent.internal')),
    codes: diagnostics.map(({ code }) => code),
  };
};

const registration = (name: string, host: string, spec: Readonly<Record<string, unknown>>): ClusterObject =>
  serviceEntry(`istio-system/${name}`, {
    hosts: [host],
    ports: [{ number: 443, protocol: 'TLS' }],
    ...spec,
  });

test.each([
  [
    'a TLS host at an address within',
    'a.ext.com',
    { addresses: ['203.0.113.7'] },
    ['istio-system/a.ext.com'],
    [],
  ],
  [
    'a host at other addresses too',
    'a.ext.com',
    { addresses: ['203.0.113.7', '192.0.2.7'] },
    [],
    ['CidrTakesHost'],
  ],
  ['a host at other addresses only', 'a.ext.com', { addresses: ['192.0.2.7'] }, [], []],
  [
    'an HTTP host',
    'a.ext.com',
    { addresses: ['203.0.113.7'], ports: [{ number: 443, protocol: 'HTTP' }] },
    [],
    ['CidrTakesHost'],
  ],
  ['a host with a range within', 'a.ext.com', { addresses: ['203.0.113.0/25'] }, [], ['CidrTakesHost']],
  ['a host with a wider range', 'a.ext.com', { addresses: ['203.0.0.0/16'] }, [], ['CidrTakesHost']],
  ['a wildcard', '*.ext.com', { addresses: ['203.0.113.7'] }, ['istio-system/*.ext.com'], []],
] as const)('%s is listed with the range, told, or neither', (_title, host, spec, listed, codes) => {
  expect(resolved([registration('partner', host, spec)])).toEqual({ listed, codes });
});

test('a wildcard with hosts below it is told, since listing it would bring them in', () => {
  const wildcard = registration('wildcard', '*.ext.com', { addresses: ['203.0.113.7'] });
  const below = registration('below', 'a.ext.com', { addresses: ['192.0.2.7'] });
  expect(resolved([wildcard, below])).toEqual({ listed: [], codes: ['CidrTakesHost'] });
});
