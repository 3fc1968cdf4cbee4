// What a namespace's runs remember never shows: after any changes, a run gives byte for byte what one without memory gives.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { assemble } from '../../src/cluster/assemble.ts';
import {
  createMemo,
  PAUSED,
  UNREMEMBERED,
  type Memo,
  type Remembering,
  type Run,
} from '../../src/cluster/memo/memo.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';
import { compile } from '../../src/compile/compile.ts';
import type { Settings } from '../../src/domain/settings.ts';
import { planWrites } from '../../src/plan/plan.ts';
import { statusesFor } from '../../src/status/status.ts';
import { arbitraryChanges, conflictingChanges, type Change, type Changes } from '../support/changes.ts';
import { changingCluster, type ChangingCluster } from '../support/changing-cluster.ts';
import { NOON, settingsWith } from '../support/compiler.ts';

const SUCCESS = { failures: new Map<string, string>() };

function outputsOf(snapshot: Snapshot) {
  const compilation = compile(snapshot);
  const plan = planWrites(compilation, snapshot);
  const statuses = statusesFor(snapshot, { compilation, plan, outcome: SUCCESS, now: NOON });
  return { compilation, plan, statuses };
}

type Given = Parameters<typeof settingsWith>[0];

/** So few that the changes go past them. */
const FEW_SERVICE_ENTRIES: Given = { maxServiceEntriesPerIntent: 1, maxServiceEntriesPerNamespace: 2 };

type World = { readonly cluster: ChangingCluster; readonly settings: Settings; readonly always: Given };

const snapshotOf = ({ cluster, settings }: World, memo?: Memo, isOver?: () => boolean): Snapshot =>
  assemble('shop', cluster.state.objectsIn('shop'), settings, memo, isOver);

/** Paused after so many computed values, and begun again with more of them. */
function outputsInParts(world: World, memo: Memo, values: number): ReturnType<typeof outputsOf> {
  for (let most = values; ; most *= 1.5) {
    let asked = 0;
    const isOver = (): boolean => {
      asked += 1;
      return asked > most;
    };
    try {
      return outputsOf(snapshotOf(world, memo, isOver));
    } catch (error) {
      if (error !== PAUSED) throw error;
    }
  }
}

function changed(world: World, change: Change, { plan, statuses }: ReturnType<typeof outputsOf>): World {
  const { cluster } = world;
  if (change.kind === 'settings')
    return { ...world, settings: settingsWith({ ...world.always, ...change.settings }) };
  if (change.kind === 'put') cluster.put(change.object);
  if (change.kind === 'remove') cluster.remove(change.object);
  if (change.kind === 'meddle') {
    const store = cluster.state.stores.Sidecar;
    const sidecar = store.inNamespace('shop')[change.place];
    const identity = sidecar && store.identity('shop', sidecar.name);
    if (identity !== undefined && sidecar !== undefined)
      store.upsert(identity, { ...sidecar, ...change.sidecar });
  }
  if (change.kind === 'write' && change.plan) cluster.apply(plan, '2026-01-01T00:00:00Z');
  if (change.kind === 'write' && change.statuses) {
    for (const { intent, status } of statuses) {
      const identity = cluster.state.stores.EgressIntent.identity('shop', intent.name);
      const conditions = status.conditions ?? [];
      if (identity !== undefined)
        cluster.state.stores.EgressIntent.upsert(identity, { ...intent, status, conditions });
    }
  }
  return world;
}

type Outputs = (world: World, memo: Memo) => ReturnType<typeof outputsOf>;

const atOnce: Outputs = (world, memo) => outputsOf(snapshotOf(world, memo));

function judge({ start, changes }: Changes, memo: Memo, always: Given = {}, run: Outputs = atOnce): void {
  const cluster = changingCluster();
  for (const object of start) cluster.put(object);
  let world: World = { cluster, settings: settingsWith(always), always };
  let outputs = run(world, memo);
  for (const change of changes) {
    world = changed(world, change, outputs);
    outputs = run(world, memo);
    expect(JSON.stringify(outputs)).toBe(JSON.stringify(outputsOf(snapshotOf(world))));
  }
  // Without a change, every Sidecar is the very one of the run before: something is remembered at all.
  const { scopeSidecars } = run(world, memo).compilation;
  expect(scopeSidecars.every((each, index) => each === outputs.compilation.scopeSidecars[index])).toBe(true);
}

test.each([
  { among: 'any objects', always: {}, changes: arbitraryChanges(8) },
  { among: 'any objects', always: FEW_SERVICE_ENTRIES, changes: arbitraryChanges(8) },
  { among: 'intents that displace others', always: {}, changes: conflictingChanges(8) },
])(
  'after any sequence of changes a run equals one without memory, among $among, with settings $always',
  ({ always, changes: arbitrary }) => {
    fc.assert(
      fc.property(arbitrary, (changes) => judge(changes, createMemo(), always)),
      { numRuns: 200 },
    );
  },
  300_000,
);

test.each([arbitraryChanges(6), conflictingChanges(6)])(
  'so does a run that is paused again and again',
  (arbitrary) => {
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 3, max: 60 }), (changes, values) =>
        judge(changes, createMemo(), {}, (world, memo) => outputsInParts(world, memo, values)),
      ),
      { numRuns: 60 },
    );
  },
  300_000,
);

/** A memory with a mistake: answers of one function do not count as read, or a derived value not as made from its parts. */
function mistakenMemo(name: string): Memo {
  const memo = createMemo();
  const mistaken = ({ tracked, grouped, derive }: Remembering): Remembering => ({
    grouped: (of, items, keysOf) => (of === name ? UNREMEMBERED.grouped : grouped)(of, items, keysOf),
    tracked: (of, read, options) => (of === name ? read : tracked(of, read, options)),
    derive: (of, key, from, compute) => derive(of, key, of === name ? [] : from, compute),
  });
  const mistakenRun = (run: Run): Run => ({
    ...run,
    ...mistaken(run),
    within: (prefix) => mistaken(run.within(prefix)),
  });
  return { ...memo, begin: (...given) => mistakenRun(memo.begin(...given)) };
}

test.each([
  ...[
    'Service',
    'ServiceEntry',
    'ServiceEntryAnywhere',
    'VirtualServiceAnywhere',
    'IstioConfig',
    'Registrations',
    'ClusterIps',
    'resolution',
    'what an intent selects',
    'scopes',
    'scope',
    'Sidecar of a scope',
    'ServiceEntry',
    'hosts of ServiceEntry',
    'diagnostics of a scope',
    'diagnostics in order',
    'selecting intents',
    'intended Sidecars',
    'standing Sidecars',
    'pods of an intent',
    'intent of a name',
    'naming of a live Sidecar',
    'live Sidecar of a name',
    'resolution, in parts',
    'Sidecar of a scope, in parts',
    'judgement, in parts',
    'share of an intent',
    'diagnostics of an intent',
    'audited Sidecar',
  ].map((name) => ({ name, always: {}, changes: arbitraryChanges(10) })),
  ...['within bounds', 'rest of a grant'].map((name) => ({
    name,
    always: FEW_SERVICE_ENTRIES,
    changes: arbitraryChanges(10),
  })),
  ...['managed hosts', 'conflicts before a grant', 'grants up to one'].map((name) => ({
    name,
    always: {},
    changes: conflictingChanges(10),
  })),
])(
  'that property finds a memory that overlooks changes of: $name',
  ({ name, always, changes: arbitrary }) => {
    const { failed } = fc.check(
      fc.property(arbitrary, (changes) => judge(changes, mistakenMemo(name), always)),
      { numRuns: 400, seed: 1, endOnFailure: true },
    );
    expect(failed).toBe(true);
  },
  300_000,
);
