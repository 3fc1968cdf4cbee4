// What an `allow` entry of kind cidr grants.
import { expect, test } from 'vitest';
import { resolveCidr } from '../../../../src/compile/grants/from-cidr.ts';
import { cidr, snapshotOf } from '../../../support/cluster-objects.ts';
import { target } from '../../../support/registered-hosts.ts';

const RANGE = cidr('203.0.113.0/24');

test('each port of a range is a host of its own, so that two apps can be granted different ports', () => {
  expect(resolveCidr({ kind: 'cidr', cidr: RANGE, ports: [443, 5432] }, snapshotOf([]))).toEqual({
    targets: [
      target('shop/tcp-443.cidr-203-0-113-0-24.egress-intent.internal'),
      target('shop/tcp-5432.cidr-203-0-113-0-24.egress-intent.internal'),
    ],
    externals: [
      { kind: 'cidr', cidr: RANGE, port: 443 },
      { kind: 'cidr', cidr: RANGE, port: 5432 },
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
