// Whenever Ready is True for an intent that enforces, each of its pods is governed by a live Sidecar with the spec that its scope should have:
// whatever others wrote, whatever writes failed, and whatever an intent that cannot be read keeps.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWriteSlots } from '../../../src/controller/writes/write-slots.ts';
import { applyPlan, failuresOf, type StepResult } from '../../../src/controller/writes/apply.ts';
import type { ApiError } from '../../../src/kubernetes/api-error.ts';
import { inPrecedence } from '../../../src/domain/istio/sidecar-precedence.ts';
import { parseSidecar, type LiveSidecar } from '../../../src/domain/kinds/sidecar.ts';
import { selects, type Labels } from '../../../src/domain/labels.ts';
import { err, ok } from '../../../src/domain/result.ts';
import { statusesFor } from '../../../src/status/status.ts';
import { compiled, liveObject, NOON, type Compiled } from '../../support/compiler.ts';

const NAMESPACE = 'red';
/** When a run writes; between the ages of older and younger objects. */
const NOW = '2026-01-05T00:00:00Z';
const SECONDS = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'];

const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), { maxKeys: 2 });
const intent = fc.record({
  selector: labels,
  mode: fc.constantFrom('Enforce', 'Enforce', 'Enforce', 'Audit', 'unreadable'),
  allow: fc.subarray(['green', 'blue', 'grey']),
});
type IntentSpec = { readonly selector: Labels; readonly mode: string; readonly allow: readonly string[] };

const intents = fc.dictionary(fc.constantFrom('i1', 'i2', 'i3'), intent, { minKeys: 1, maxKeys: 3 });
/** A Sidecar that somebody else wrote, under our label or not. */
const tenant = fc.record({
  name: fc.constantFrom('aaa', 'egress-intent-999', 'zzz'),
  selector: fc.option(labels, { nil: undefined }),
  isOurs: fc.boolean(),
  isTerminating: fc.boolean(),
  creationTimestamp: fc.constantFrom(...SECONDS),
});
const world = fc.record({
  before: intents,
  after: intents,
  pods: fc.array(labels, { minLength: 1, maxLength: 4 }),
  tenants: fc.uniqueArray(tenant, { maxLength: 2, selector: ({ name }) => name }),
  /** For each object of ours, in turn, when it was created. */
  ages: fc.array(fc.constantFrom(...SECONDS), { minLength: 1, maxLength: 4 }),
  /** Which writes fail, in turn. */
  failures: fc.array(fc.constantFrom(false, false, false, true), { minLength: 1, maxLength: 5 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const intentObject = ([name, { selector, mode, allow }]: [string, IntentSpec]): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: NAMESPACE, uid: `uid-of-${name}` },
  spec: {
    workloadSelector: { matchLabels: selector },
    mode,
    allow: allow.map((namespace) => ({ namespace: { name: namespace } })),
  },
});

const tenantObject = ({
  name,
  selector,
  isOurs,
  isTerminating,
  creationTimestamp,
}: World['tenants'][number]): object => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: {
    name,
    namespace: NAMESPACE,
    uid: `uid-of-tenant-${name}`,
    creationTimestamp,
    ...(isOurs ? { labels: { 'app.kubernetes.io/managed-by': 'egress-intent' } } : {}),
    ...(isTerminating ? { deletionTimestamp: creationTimestamp, finalizers: ['a/b'] } : {}),
  },
  spec: {
    ...(selector === undefined ? {} : { workloadSelector: { labels: selector } }),
    outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
  },
});

/** The cluster at the second run: what the first wrote, and what others did meanwhile. */
function objectsOf({ before, after, pods, tenants, ages }: World): readonly object[] {
  const around = [
    ...['green', 'blue', 'grey'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...pods.map((podLabels, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `p${index}`,
        namespace: NAMESPACE,
        labels: podLabels,
        annotations: { 'sidecar.istio.io/status': '{}' },
      },
    })),
  ];
  const { manifests } = compiled([...Object.entries(before).map(intentObject), ...around], NAMESPACE);
  const ours = manifests.map((manifest, index) => liveObject(manifest, ages[index % ages.length]));
  return [...Object.entries(after).map(intentObject), ...around, ...ours, ...tenants.map(tenantObject)];
}

async function applied({ plan }: Compiled, { failures }: World): Promise<readonly StepResult[]> {
  const error: ApiError = { kind: 'unavailable', message: 'refused at random' };
  let turn = 0;
  const isRefused = (): boolean => failures[turn++ % failures.length] ?? false;
  const write = () => Promise.resolve(isRefused() ? err(error) : ok({ uid: 'new', resourceVersion: '1' }));
  const writer = {
    apply: write,
    remove: () => Promise.resolve(isRefused() ? err(error) : ok(undefined)),
    check: () => Promise.resolve(ok(undefined)),
    applyStatus: write,
  };
  return applyPlan(plan, { writer, slots: createWriteSlots(16) }, new Map());
}

/** The Sidecars that the API server holds after the steps, by the rules of Kubernetes. */
function sidecarsAfter({ snapshot }: Compiled, steps: readonly StepResult[]): readonly LiveSidecar[] {
  const live = new Map(snapshot.sidecars.map((sidecar) => [sidecar.name, sidecar]));
  for (const { step, result } of steps) {
    if (!result.ok) continue;
    if (step.kind === 'delete') {
      if (step.target.kind === 'Sidecar' && live.get(step.target.name)?.isTerminating !== true)
        live.delete(step.target.name);
    } else if (step.manifest.kind === 'Sidecar') {
      const { name } = step.manifest.metadata;
      const written = parseSidecar(liveObject(step.manifest, live.get(name)?.creationTimestamp ?? NOW));
      if (written === undefined) throw new Error('a manifest is no Sidecar');
      live.set(name, written);
    }
  }
  return [...live.values()];
}

/** True if the pod is governed, by the rules of Istio, by a Sidecar with the spec of its largest scope. */
function isGoverned(pod: Labels, { compilation }: Compiled, sidecars: readonly LiveSidecar[]): boolean {
  const [governor] = sidecars.filter(({ selector = {} }) => selects(selector, pod)).toSorted(inPrecedence);
  const [desired] = compilation.sidecars
    .filter(({ scope }) => selects(scope.selector, pod))
    .toSorted((a, b) => Object.keys(b.scope.selector).length - Object.keys(a.scope.selector).length);
  return (
    governor !== undefined &&
    desired !== undefined &&
    fc.stringify(governor.spec) === fc.stringify(desired.spec)
  );
}

type Tally = { ready: number; notReady: number };

const property = (tally: Tally) =>
  fc.asyncProperty(world, async (given) => {
    const result = compiled(objectsOf(given), NAMESPACE);
    const steps = await applied(result, given);
    const outcome = { failures: failuresOf(steps) };
    const { snapshot, compilation, plan } = result;
    const statuses = statusesFor(snapshot, { compilation, plan, outcome, now: NOON });
    const sidecars = sidecarsAfter(result, steps);
    for (const { name, mode, selector } of snapshot.intents) {
      if (mode !== 'Enforce') continue;
      const conditions = statuses.find((write) => write.intent.name === name)?.status.conditions ?? [];
      const ready = conditions.find(({ type }) => type === 'Ready');
      const pods = given.pods.filter((pod) => selects(selector, pod));
      if (pods.length === 0) continue;
      if (ready?.status !== 'True') {
        tally.notReady += 1;
        continue;
      }
      tally.ready += 1;
      for (const pod of pods) {
        if (!isGoverned(pod, result, sidecars))
          throw new Error(`${name} is Ready, but a pod is not governed`);
      }
    }
  });

test.each([
  ['the same worlds in every run', 42],
  ['fresh worlds', undefined],
])('Ready is True only for pods that are governed as planned: %s', async (_which, seed) => {
  const tally: Tally = { ready: 0, notReady: 0 };
  await fc.assert(property(tally), { numRuns: 500, ...(seed === undefined ? {} : { seed }) });
  expect(tally.ready).toBeGreaterThan(100);
  expect(tally.notReady).toBeGreaterThan(100);
});
