// Which changes of pods cause no run: those after which a run would write nothing.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { assemble } from '../../../src/cluster/assemble.ts';
import type { Change } from '../../../src/cluster/store.ts';
import { createUnreadChanges } from '../../../src/cluster/unread-changes.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { Pod } from '../../../src/domain/kinds/pod.ts';
import { planWrites } from '../../../src/plan/plan.ts';
import { statusesFor } from '../../../src/status/status.ts';
import type { KubeObject } from '../../support/cluster.ts';
import { changingCluster, type ChangingCluster } from '../../support/changing-cluster.ts';
import { NOON, settingsWith } from '../../support/compiler.ts';

type Labels = Readonly<Record<string, string>>;

const intent = (name: string, selector: Labels, mode = 'Enforce'): KubeObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'shop', uid: name, creationTimestamp: '2025-01-01T00:00:00Z' },
  spec: { workloadSelector: { matchLabels: selector }, mode, allow: [{ host: 'a.example.com' }] },
});

const INJECTED = { 'sidecar.istio.io/status': '{}' };
const pod = (name: string, labels: Labels, annotations: Labels = INJECTED): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels, annotations },
});

const tenant = (selector: Labels): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name: 'tenant', namespace: 'shop', creationTimestamp: '2027-01-01T00:00:00Z' },
  spec: { workloadSelector: { labels: selector } },
});

/** What a run writes: the number of objects and statuses. The writes are carried out. */
function written(cluster: ChangingCluster): number {
  const snapshot = assemble('shop', cluster.state.objectsIn('shop'), settingsWith());
  const compilation = compile(snapshot);
  const plan = planWrites(compilation, snapshot);
  const outcome = { failures: new Map<string, string>() };
  const statuses = statusesFor(snapshot, { compilation, plan, outcome, now: NOON });
  cluster.apply(plan, '2026-01-01T00:00:00Z');
  const { EgressIntent } = cluster.state.stores;
  for (const { intent: of, status } of statuses) {
    const identity = EgressIntent.identity('shop', of.name);
    if (identity !== undefined)
      EgressIntent.upsert(identity, { ...of, status, conditions: status.conditions ?? [] });
  }
  return plan.phases.flat().length + statuses.length;
}

function settled(objects: readonly KubeObject[]): ChangingCluster {
  const cluster = changingCluster();
  for (const object of objects) cluster.put(object);
  while (written(cluster) > 0);
  return cluster;
}

/** Whether the change that the action makes is unread. */
function isUnreadAfter(cluster: ChangingCluster, action: () => void): boolean {
  const isUnread = createUnreadChanges(cluster.state.stores);
  let last: Change<Pod> | undefined;
  cluster.state.stores.Pod.subscribe((change) => {
    last = change;
  });
  action();
  return last === undefined || isUnread('Pod', last);
}

const WEB = { app: 'web' };
const FIRST = [intent('web', WEB), pod('web-1', { ...WEB, hash: '1' })];

test.each<readonly [string, readonly KubeObject[], KubeObject, boolean]>([
  ['a further pod like others', FIRST, pod('web-2', { ...WEB, hash: '1' }), true],
  ['a further pod with another hash', FIRST, pod('web-2', { ...WEB, hash: '2' }), true],
  ['a pod that no intent selects', FIRST, pod('api-1', { app: 'api' }), true],
  ['the first pod of an intent', [intent('web', WEB)], pod('web-1', WEB), false],
  ['a pod without a proxy', FIRST, pod('web-2', WEB, {}), false],
  [
    'a pod that keeps calls from its proxy',
    FIRST,
    pod('web-2', WEB, { ...INJECTED, 'traffic.sidecar.istio.io/excludeOutboundPorts': '80' }),
    false,
  ],
  [
    'a pod that a second intent selects too',
    [...FIRST, intent('tier', { tier: 'a' })],
    pod('web-2', { ...WEB, tier: 'a' }),
    false,
  ],
  [
    'a pod that the Sidecar of a tenant selects too',
    [...FIRST, tenant({ hash: '2' })],
    pod('web-2', { ...WEB, hash: '2' }),
    false,
  ],
  [
    'a further pod of an intent of which the status names pods',
    [...FIRST, pod('web-0', WEB, {})],
    pod('web-2', WEB),
    false,
  ],
])('%s', (_change, objects, added, expected) => {
  const cluster = settled(objects);
  expect(isUnreadAfter(cluster, () => cluster.put(added))).toBe(expected);
  const isUnread = isUnreadAfter(cluster, () => cluster.remove(added));
  expect(isUnread && !expected ? written(cluster) : 0).toBe(0);
});

const labels = fc.record(
  { app: fc.constantFrom('web', 'api'), tier: fc.constantFrom('a', 'b'), hash: fc.constantFrom('1', '2') },
  { requiredKeys: [] },
);
const annotations = fc.constantFrom<Labels>(
  INJECTED,
  INJECTED,
  INJECTED,
  {},
  {
    ...INJECTED,
    'sidecar.istio.io/interceptionMode': 'NONE',
  },
);
const pods = (min: number) =>
  fc.array(fc.tuple(fc.constantFrom('p1', 'p2', 'p3', 'p4', 'p5'), labels, annotations), {
    minLength: min,
    maxLength: 5,
  });

test('after any unread changes a run writes nothing', () => {
  let unread = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('i1', 'i2'), labels, fc.constantFrom('Enforce', 'Audit')), {
        maxLength: 3,
      }),
      fc.option(labels, { freq: 4 }),
      pods(0),
      pods(1),
      (intents, foreign, before, after) => {
        const cluster = settled([
          ...intents.map(([name, selector, mode]) => intent(name, selector, mode)),
          ...(foreign === null ? [] : [tenant(foreign)]),
          ...before.map((each) => pod(...each)),
        ]);
        for (const [name, ...rest] of after) {
          const isGone = cluster.state.stores.Pod.get('shop', name) !== undefined && rest[0].hash === '1';
          const change = () => (isGone ? cluster.remove(pod(name, {})) : cluster.put(pod(name, ...rest)));
          if (!isUnreadAfter(cluster, change)) return;
          unread += 1;
        }
        expect(written(cluster)).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
  expect(unread).toBeGreaterThan(100);
});
