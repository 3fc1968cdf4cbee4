// Over random changes of a namespace: what is paused stays as it is, mode audit writes nothing, and the brake holds exactly the deletions and
// narrowings, once there are too many.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RELEASED, type Brakes, type RemovalWindow } from '../../../../src/plan/brakes/brakes.ts';
import { planWrites } from '../../../../src/plan/plan.ts';
import { objectOf, type Plan } from '../../../../src/plan/steps.ts';
import { compiled, liveObject, type Compiled } from '../../../support/compiler.ts';

const HOSTS = ['a.example.com', 'b.example.com', 'c.example.com', 'd.example.com'];

type IntentSpec = { readonly app: string | undefined; readonly hosts: readonly string[] };

const spec: fc.Arbitrary<IntentSpec> = fc.record({
  app: fc.option(fc.constantFrom('web', 'db'), { nil: undefined }),
  hosts: fc.subarray(HOSTS),
});
/** By name; an intent that is missing does not exist. */
const intents = fc.dictionary(fc.constantFrom('one', 'two', 'three'), spec, { noNullPrototype: true });
const world = fc.record({ before: intents, after: intents });
type World = { readonly before: Record<string, IntentSpec>; readonly after: Record<string, IntentSpec> };

const PAUSED = { 'egressintent.io/paused': 'true' };

const intentObject = (
  [name, { app, hosts }]: readonly [string, IntentSpec],
  annotations: object = {},
): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'red', annotations },
  spec: {
    ...(app === undefined ? {} : { workloadSelector: { matchLabels: { app } } }),
    allow: hosts.map((host) => ({ host })),
  },
});

/** The namespace after the change, with the objects of before it. `annotated` gives the annotations of an intent, by name. */
function changed(
  { before, after }: World,
  annotated: (name: string) => object = () => ({}),
  namespace: object = {},
): Compiled {
  const live = compiled(
    Object.entries(before).map((each) => intentObject(each)),
    'red',
  ).manifests.map((manifest) => liveObject(manifest));
  return compiled(
    [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'red', annotations: namespace } },
      ...Object.entries(after).map((each) => intentObject(each, annotated(each[0]))),
      ...live,
    ],
    'red',
  );
}

const planned = (
  { compilation, snapshot }: Pick<Compiled, 'compilation' | 'snapshot'>,
  brakes: Partial<Brakes>,
): Plan => planWrites(compilation, snapshot, new Set(), { ...RELEASED, ...brakes });
const idsOf = ({ phases }: Plan): readonly string[] => phases.flat().map(objectOf);
const window = (given: Partial<RemovalWindow>): Partial<Brakes> => ({
  removals: { ...RELEASED.removals, now: '2026-01-01T00:00:00Z', ...given },
});

describe('for random changes', () => {
  test('mode audit writes nothing, and says of each object that it would write that it does not', () => {
    fc.assert(
      fc.property(world, (change) => {
        const run = changed(change);
        const free = planned(run, {});
        const plan = planned(run, { auditOnly: true });
        expect(plan.phases).toEqual([]);
        const written = free.phases.flat().flatMap((step) => (step.kind === 'apply' ? [objectOf(step)] : []));
        expect(new Set(plan.withheld.map(({ kind, name }) => `${kind}/${name}`))).toEqual(new Set(written));
      }),
    );
  });

  test.each(['true', 'True', 'TRUE', '1', 't'])(
    'a namespace that is paused with %s is left alone',
    (value) => {
      fc.assert(
        fc.property(world, (change) => {
          const { plan } = changed(change, undefined, { 'egressintent.io/paused': value });
          expect(plan.phases).toEqual([]);
        }),
      );
    },
  );

  test.each(['false', '', 'no', '0'])('a namespace with the annotation %j is not paused', (value) => {
    fc.assert(
      fc.property(world, (change) => {
        const annotations = { 'egressintent.io/paused': value };
        expect(idsOf(changed(change, undefined, annotations).plan)).toEqual(idsOf(changed(change).plan));
      }),
    );
  });

  test('in a namespace that is being deleted nothing is created or deleted, and what need not wait for that is updated', () => {
    fc.assert(
      fc.property(world, (change) => {
        const { compilation, snapshot } = changed(change);
        const free = planned({ compilation, snapshot }, {});
        const plan = planned({ compilation, snapshot: { ...snapshot, isTerminating: true } }, {});
        const verbs = plan.phases.flat().map((step) => (step.kind === 'apply' ? step.verb : step.kind));
        expect(verbs.filter((verb) => verb !== 'update')).toEqual([]);
        const withheld = new Set(plan.withheld.map(({ kind, name }) => `${kind}/${name}`));
        const updates = free.phases
          .flat()
          .filter((step) => step.kind === 'apply' && step.verb === 'update' && !withheld.has(objectOf(step)));
        expect(new Set(idsOf(plan))).toEqual(new Set(updates.map(objectOf)));
      }),
    );
  });

  test('no object of a paused intent is written, created or deleted, and a grant of it is never lost', () => {
    fc.assert(
      fc.property(world, fc.constantFrom('one', 'two', 'three'), (change, name) => {
        const { plan, snapshot } = changed(change, (intent) => (intent === name ? PAUSED : {}));
        const written = new Set(idsOf(plan));
        const ofPaused = plan.phases.flat().flatMap((step) => {
          const annotation = step.kind === 'apply' ? step.manifest.metadata.annotations : {};
          return (annotation?.['egressintent.io/intents'] ?? '').split(/[,/ ]+/).includes(name)
            ? [step.id]
            : [];
        });
        const touched = [...snapshot.sidecars, ...snapshot.serviceEntries].flatMap((live) =>
          live.intents.some((intent) => intent.name === name) && written.has(`${live.kind}/${live.name}`)
            ? [live.name]
            : [],
        );
        // An intent that is gone is not paused: its grants go.
        const isPaused = change.after[name] !== undefined;
        expect(isPaused ? [...ofPaused, ...touched] : []).toEqual([]);
      }),
    );
  });

  test('the brake holds every deletion and narrowing and nothing that it need not, and is silent below the limit', () => {
    fc.assert(
      fc.property(world, fc.nat(6), fc.boolean(), (change, limit, isHolding) => {
        const run = changed(change);
        const free = planned(run, {});
        const plan = planned(run, window({ limit, ...(isHolding && { heldSince: '2025-01-01T00:00:00Z' }) }));
        const isTooMuch = free.removals.size > 0 && (isHolding || free.removals.size > limit);
        expect(plan.held).toEqual(isTooMuch ? free.removals : new Set());
        const ids = new Set(idsOf(plan));
        expect([...free.removals].filter((id) => ids.has(id))).toEqual(isTooMuch ? [] : [...free.removals]);
        // What is neither deleted nor narrowed, and depends on none of these, goes on.
        const withheld = new Set(plan.withheld.map(({ kind, name }) => `${kind}/${name}`));
        expect(idsOf(free).filter((id) => !ids.has(id) && !withheld.has(id) && !plan.held.has(id))).toEqual(
          [],
        );
        expect(plan.phases.flat().filter(({ kind }) => kind === 'delete' && isTooMuch)).toEqual([]);
      }),
    );
  });

  test('an object that was counted already is not counted again', () => {
    fc.assert(
      fc.property(world, (change) => {
        const run = changed(change);
        const { removals } = planned(run, {});
        const removed = new Set([...removals].map((id) => `red/${id}`));
        expect(planned(run, window({ removed, limit: removed.size })).held.size).toBe(0);
        const elsewhere = new Set([...removals].map((id) => `blue/${id}`));
        const { held } = planned(run, window({ removed: elsewhere, limit: elsewhere.size }));
        expect(held).toEqual(removals);
      }),
    );
  });
});

const intentOne = (allow: readonly object[]): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'one', namespace: 'red' },
  spec: { allow },
});
const removalsOf = (before: readonly object[], after: readonly object[]): readonly string[] => {
  const live = compiled([intentOne(before)], 'red').manifests.map((manifest) => liveObject(manifest));
  return [...compiled([intentOne(after), ...live], 'red').plan.removals];
};
const host = (ports: readonly number[]): object => ({
  host: 'a.example.com',
  ports: ports.map((port) => ({ port, protocol: 'TLS' })),
});
const green = { namespace: { name: 'green' } };

describe('what narrows', () => {
  test.each([
    { what: 'a grant that goes', before: [green, host([443])], after: [green], narrowed: 2 },
    { what: 'a port that goes', before: [host([443, 8443])], after: [host([443])], narrowed: 1 },
    { what: 'a namespace that goes', before: [green], after: [], narrowed: 1 },
    { what: 'a grant that comes', before: [green], after: [green, host([443])], narrowed: 0 },
    { what: 'a port that comes', before: [host([443])], after: [host([443, 8443])], narrowed: 0 },
    { what: 'no change', before: [green], after: [green], narrowed: 0 },
  ])('$what: $narrowed objects', ({ before, after, narrowed }) => {
    expect(removalsOf(before, after)).toHaveLength(narrowed);
  });
});
