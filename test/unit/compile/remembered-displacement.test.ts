// Which grant displaces another is remembered: a run supposes again only what a change concerns.
import { expect, test } from 'vitest';
import { assemble } from '../../../src/cluster/assemble.ts';
import { createMemo, PAUSED } from '../../../src/cluster/memo/memo.ts';
import { compile } from '../../../src/compile/compile.ts';
import { changingCluster, type ChangingCluster } from '../../support/changing-cluster.ts';
import { settingsWith } from '../../support/compiler.ts';

const APP = { app: 'web' };
const tls = (host: string, port = 443): object => ({ host, ports: [{ port, protocol: 'TLS' }] });
const RANGE = { cidr: '203.0.113.0/24', ports: [{ port: 443 }] };

/** Created that many minutes after the first one. */
const intent = (name: string, minutes: number, allow: readonly object[], labels: object = {}) => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: {
    name,
    namespace: 'shop',
    uid: `uid-of-${name}`,
    creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString(),
  },
  spec: { mode: 'Enforce', workloadSelector: { matchLabels: labels }, allow },
});

/** The values that a run computes, and what it refuses. */
function runs(cluster: ChangingCluster) {
  const memo = createMemo();
  const settings = settingsWith();
  return (isOver: () => boolean = () => false) => {
    let computed = 0;
    const counted = (): boolean => {
      computed += 1;
      return isOver();
    };
    const snapshot = assemble('shop', cluster.state.objectsIn('shop'), settings, memo, counted);
    const refused = compile(snapshot).diagnostics.filter(({ code }) => code === 'OlderGrantDisplaced');
    return { computed, refused: refused.map((diagnostic) => diagnostic.intent) };
  };
}

test('a grant that registers nothing new changes which one displaces another if it is older', () => {
  const cluster = changingCluster();
  cluster.put(intent('early', 0, [tls('other.example.com')], APP));
  cluster.put(intent('host', 1, [tls('api.example.com')]));
  cluster.put(intent('range', 2, [RANGE]));
  cluster.put(intent('late', 3, [tls('api.example.com', 8443)], APP));
  const run = runs(cluster);
  expect(run().refused).toEqual(['late']);
  cluster.put(intent('early', 0, [tls('api.example.com', 8443)], APP));
  expect(run().refused).toEqual([]);
  cluster.put(intent('early', 4, [tls('api.example.com', 8443)], APP));
  expect(run().refused).toEqual(['early', 'late']);
});

/** One port that is out of reach whoever else comes, and younger intents: for the same pods, or for others. */
function withStandingConflict(young: number, labels: object): ChangingCluster {
  const cluster = changingCluster();
  cluster.put(intent('host', 0, [tls('api.example.com')]));
  cluster.put(intent('port', 1, [tls('api.example.com', 8443)], { app: 'other' }));
  cluster.put(intent('range', 2, [RANGE], APP));
  for (let index = 0; index < young; index += 1) cluster.put(younger(index, labels));
  return cluster;
}

const younger = (index: number, labels: object, ...more: readonly object[]) =>
  intent(`young-${index}`, 3 + index, [tls(`host-${index}.example.com`), ...more], labels);

test('an edit of the youngest of many intents for the pods of a standing conflict supposes little again', () => {
  const cluster = withStandingConflict(60, APP);
  const run = runs(cluster);
  const first = run();
  cluster.put(younger(59, APP, tls('further.example.com')));
  const edit = run();
  expect(edit.refused).toEqual([]);
  expect(edit.computed).toBeLessThan(first.computed / 10);
});

test('intents for other pods are not supposed away where they register nothing for the pods of the conflict', () => {
  expect(computedForConflict(40)).toBe(computedForConflict(10));
});

const computedForConflict = (young: number): number =>
  runs(withStandingConflict(young, { app: 'young' }))().computed -
  runs(withoutConflict(young, { app: 'young' }))().computed;

function withoutConflict(young: number, labels: object): ChangingCluster {
  const cluster = withStandingConflict(young, labels);
  cluster.put(intent('range', 2, [{ ...RANGE, ports: [{ port: 9443 }] }], APP));
  return cluster;
}

/** How often a run pauses that may compute only one value at a time. */
function pausesOf(cluster: ChangingCluster): number {
  const run = runs(cluster);
  for (let pauses = 0; ; pauses += 1) {
    try {
      run(() => true);
      return pauses;
    } catch (error) {
      if (error !== PAUSED) throw error;
    }
  }
}

test('a run can pause at each supposition', () => {
  const young = 20;
  const forConflict = pausesOf(withStandingConflict(young, APP)) - pausesOf(withoutConflict(young, APP));
  // For each of the young grants: what stands for those before it, and the conflicts with these alone.
  expect(forConflict).toBeGreaterThanOrEqual(2 * young);
});
