// The cost of a compilation grows with its input, and not much faster. Each measure is the ratio of two costs in one run.
import { expect, test } from 'vitest';
import { assemble } from '../../../src/cluster/assemble.ts';
import { compile } from '../../../src/compile/compile.ts';
import { clusterFromObjects } from '../../../src/cluster/from-objects.ts';
import { createMemo, type Memo } from '../../../src/cluster/memo/memo.ts';
import type { Snapshot } from '../../../src/cluster/snapshot.ts';
import { planWrites } from '../../../src/plan/plan.ts';
import { statusesFor } from '../../../src/status/status.ts';
import type { KubeObject } from '../../support/cluster.ts';
import { changingCluster } from '../../support/changing-cluster.ts';
import { computedMs, ratioOf } from '../../support/compile-costs.ts';
import { compiled, NOON, settingsWith, liveObject } from '../../support/compiler.ts';

type Size = { readonly intents: number; readonly pods: number; readonly services: number };

/** Each app has four intents, some of them for a part of its pods only, and an equal share of the pods. */
function objectsOf({ intents, pods, services }: Size): readonly KubeObject[] {
  const apps = intents / 4;
  return [
    ...intentsOf(intents),
    ...Array.from({ length: pods }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${index}`, namespace: 'shop', labels: labelsOf(index % apps, true) },
    })),
    ...Array.from({ length: services }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `service-${index}`, namespace: 'pay' },
      spec: {
        clusterIP: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
        ports: [
          { name: 'http', port: 80 },
          { name: 'tcp-db', port: 5432 },
        ],
      },
    })),
  ];
}

function intentsOf(intents: number) {
  const apps = intents / 4;
  return Array.from({ length: intents }, (_, index) => ({
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntent',
    metadata: {
      name: `intent-${index}`,
      namespace: 'shop',
      uid: `uid-${index}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      workloadSelector: { matchLabels: labelsOf(index % apps, index < intents / 2) },
      mode: 'Enforce',
      allow: [
        {
          service: { name: `service-${index}`, namespace: 'pay' },
          ...(index % 5 === 0 ? { ports: [{ port: 80 }] } : {}),
        },
        { host: `host-${index}.example.com` },
      ],
    },
  }));
}

const assembled = (objects: readonly unknown[]): Snapshot =>
  assemble('shop', clusterFromObjects(objects).objectsIn('shop'), settingsWith());

const snapshotOf = (size: Size): Snapshot => assembled(objectsOf(size));

/** With every desired object in the cluster, as in each run of the controller but the first. */
function settledOf(size: Size): Snapshot {
  const objects = objectsOf(size);
  const { manifests } = compiled(objects, 'shop');
  return assembled([...objects, ...manifests.map((manifest) => liveObject(manifest))]);
}

const labelsOf = (app: number, withTier: boolean): Record<string, string> => ({
  app: `app-${app}`,
  ...(withTier ? { tier: `tier-${app % 3}` } : {}),
});

test('four times as many intents and pods cost at most 6.5 times as much', () => {
  const small = snapshotOf({ intents: 500, pods: 2_500, services: 500 });
  const large = snapshotOf({ intents: 2_000, pods: 10_000, services: 2_000 });
  expect(compile(large).sidecars).toHaveLength(1_000);
  expect(ratioOf(small, large)).toBeLessThan(6.5);
}, 60_000);

test('the same holds if every desired object exists already', () => {
  const small = settledOf({ intents: 500, pods: 2_500, services: 500 });
  const large = settledOf({ intents: 2_000, pods: 10_000, services: 2_000 });
  expect(large.serviceEntries).toHaveLength(2_000);
  expect(ratioOf(small, large)).toBeLessThan(6.5);
}, 60_000);

test('Services that no intent names cost nothing', () => {
  const few = snapshotOf({ intents: 500, pods: 2_500, services: 500 });
  const many = snapshotOf({ intents: 500, pods: 2_500, services: 20_000 });
  expect(ratioOf(few, many)).toBeLessThan(1.5);
}, 60_000);

/** The lowest cost of a run after one intent got a further entry; and that of a run without memory. */
function costsOfEdit(intents: number): { readonly edit: number; readonly whole: number } {
  const cluster = changingCluster();
  for (const object of objectsOf({ intents, pods: 2 * intents, services: intents })) cluster.put(object);
  const run = (memo: Memo): number => {
    const began = computedMs();
    const snapshot = assemble('shop', cluster.state.objectsIn('shop'), settingsOnce, memo);
    const compilation = compile(snapshot);
    const plan = planWrites(compilation, snapshot);
    statusesFor(snapshot, { compilation, plan, outcome: { failures: new Map() }, now: NOON });
    const cost = computedMs() - began;
    cluster.apply(plan, '2026-01-01T00:00:00Z');
    return cost;
  };
  const memo = createMemo();
  for (let round = 0; round < 2; round += 1) run(memo);
  const edits = Array.from({ length: 15 }, (_, round) => {
    const edited = intentsOf(intents)[round * 7];
    if (edited === undefined) throw new Error('too few intents');
    const added = { service: { name: `service-${round + 50}`, namespace: 'pay' } };
    cluster.put({ ...edited, spec: { ...edited.spec, allow: [...edited.spec.allow, added] } });
    return run(memo);
  });
  return { edit: Math.min(...edits), whole: Math.min(...[1, 2, 3].map(() => run(createMemo()))) };
}

const settingsOnce = settingsWith();

test('an edit of one of 500 intents costs less than a quarter of a run without memory', () => {
  const { edit, whole } = costsOfEdit(500);
  expect(edit / whole).toBeLessThan(0.25);
}, 60_000);

test('an edit among four times as many intents costs at most 8 times as much', () => {
  expect(costsOfEdit(1_000).edit / costsOfEdit(250).edit).toBeLessThan(8);
}, 120_000);
