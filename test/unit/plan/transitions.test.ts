// For any edit, and any distribution of the writes over seconds: after each single write no pod may call more than before or after
// the edit, and no pod loses a grant that it keeps.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compiled } from '../../support/compiler.ts';
import { modelMesh } from '../../support/model-mesh.ts';
import type { Manifest } from '../../../src/domain/kinds/manifest.ts';

const NAMESPACE = 'red';
const PLATFORM = 'kube-system/kube-dns.kube-system.svc.cluster.local';
const LABELS = ['a', 'b', 'c'] as const;

type Labels = Readonly<Record<string, string>>;
type Grant = { readonly namespace: { readonly name: string } } | { readonly host: string };
type Intent = {
  readonly selector: Labels;
  readonly mode: 'Enforce' | 'Audit';
  readonly allow: readonly Grant[];
};
type Edit =
  | { readonly kind: 'intent'; readonly name: string; readonly intent: Intent | undefined }
  | { readonly kind: 'pod'; readonly name: string; readonly labels: Labels | undefined }
  | { readonly kind: 'wait'; readonly seconds: number };

const labels = fc.dictionary(fc.constantFrom(...LABELS), fc.constantFrom('1', '2'), { maxKeys: 3 });
const grant = fc.oneof(
  fc.constantFrom('green', 'blue', 'grey').map((name): Grant => ({ namespace: { name } })),
  fc.constantFrom('x.example.com', 'y.example.com').map((host): Grant => ({ host })),
);
const intent = fc.record({
  selector: labels,
  mode: fc.constantFrom('Enforce' as const, 'Enforce' as const, 'Audit' as const),
  allow: fc.array(grant, { maxLength: 3 }),
});
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constant('intent' as const),
    name: fc.constantFrom('i1', 'i2', 'i3', 'i4', 'i5'),
    intent: fc.option(intent, { nil: undefined, freq: 4 }),
  }),
  fc.record({
    kind: fc.constant('pod' as const),
    name: fc.constantFrom('p1', 'p2', 'p3'),
    labels: fc.option(labels, { nil: undefined, freq: 6 }),
  }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(0, 1, 60) }),
);

const matches = (selector: Labels, pod: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => pod[key] === value);

/** What a pod may call by the rules of the product, computed independently of src. */
function granted(pod: Labels, intents: readonly Intent[]): ReadonlySet<string> | 'open' {
  const matching = intents.filter(({ selector }) => matches(selector, pod));
  if (!matching.some(({ mode }) => mode === 'Enforce')) return 'open';
  const hosts = matching.flatMap(({ allow }) =>
    allow.map((entry) => ('host' in entry ? `${NAMESPACE}/${entry.host}` : `${entry.namespace.name}/*`)),
  );
  return new Set([PLATFORM, ...hosts]);
}

test('after every write each pod may call what it could before, what it can after, or something in between', () => {
  let writes = 0;
  fc.assert(
    fc.property(fc.array(edit, { minLength: 6, maxLength: 14 }), (edits) => {
      const mesh = modelMesh(NAMESPACE);
      const intents = new Map<string, Intent>();
      const pods = new Map<string, Labels>();
      const livePods = (): readonly Labels[] => [...pods.values()];
      for (const step of edits) {
        if (step.kind === 'wait') mesh.pass(step.seconds);
        else if (step.kind === 'pod') set(pods, step.name, step.labels);
        else set(intents, step.name, step.intent);
        // A pod with new labels has a state before too: that of the smaller scopes that match it.
        const before = new Map(livePods().map((pod) => [pod, mesh.allowed(pod)]));
        writes += settle(mesh, intents, pods, (pod) => {
          const after = granted(pod, [...intents.values()]);
          expectBetween(mesh.allowed(pod), before.get(pod) ?? 'open', after);
        });
        for (const pod of livePods()) expect(mesh.allowed(pod)).toEqual(granted(pod, [...intents.values()]));
      }
    }),
    { numRuns: 200 },
  );
  expect(writes).toBeGreaterThan(400);
});

function set<T>(map: Map<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}

/** Reconciles until nothing is left to do, with a check of each pod after each write; returns the number of writes. */
function settle(
  mesh: ReturnType<typeof modelMesh>,
  intents: ReadonlyMap<string, Intent>,
  pods: ReadonlyMap<string, Labels>,
  check: (pod: Labels) => void,
): number {
  const wanted = [
    ...[...intents].map(([name, { selector, mode, allow }]) => ({
      apiVersion: 'egressintent.io/v1alpha1',
      kind: 'EgressIntent',
      metadata: { name, namespace: NAMESPACE, uid: `uid-of-${name}` },
      spec: { workloadSelector: { matchLabels: selector }, mode, allow },
    })),
    ...[...pods].map(([name, podLabels]) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE, labels: podLabels },
    })),
  ];
  let writes = 0;
  for (let round = 0; round < 4; round += 1) {
    const steps = compiled([...wanted, ...mesh.objects()], NAMESPACE).plan.phases.flat();
    if (steps.length === 0) return writes;
    for (const step of steps) {
      mesh.apply(step);
      writes += 1;
      for (const pod of pods.values()) check(pod);
    }
  }
  throw new Error('the plan does not converge');
}

function expectBetween(
  now: ReadonlySet<string> | 'open',
  before: ReadonlySet<string> | 'open',
  after: ReadonlySet<string> | 'open',
): void {
  if (before === 'open' || after === 'open') return;
  expect(now).not.toBe('open');
  if (now === 'open') return;
  expect([...now.difference(before.union(after))]).toEqual([]);
  expect([...before.intersection(after).difference(now)]).toEqual([]);
}

test('a second run over what the first one wrote plans nothing', () => {
  fc.assert(
    fc.property(
      fc.array(intent, { minLength: 1, maxLength: 6 }),
      fc.array(labels, { maxLength: 6 }),
      (intents, pods) => {
        const mesh = modelMesh(NAMESPACE);
        const named = new Map(intents.map((given, index) => [`i${index}`, given]));
        settle(mesh, named, new Map(pods.map((given, index) => [`p${index}`, given])), () => undefined);
        const names = mesh.objects().map((object) => (object as Manifest).metadata.name);
        expect(new Set(names).size).toBe(names.length);
      },
    ),
  );
});
