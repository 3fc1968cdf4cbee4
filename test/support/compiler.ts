// The compiler's hops in one call, over objects as a file holds them, for tests that look at what comes out.
import { assemble } from '../../src/cluster/assemble.ts';
import { compile } from '../../src/compile/compile.ts';
import { planWrites } from '../../src/plan/plan.ts';
import { statusesFor } from '../../src/status/status.ts';
import { clusterFromObjects } from '../../src/cluster/from-objects.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';
import { parseSettings, type Settings, type SettingsInput } from '../../src/domain/settings.ts';
import type { Status } from '../../src/domain/egress-intent/status.ts';
import type { Compilation } from '../../src/compile/compilation.ts';
import type { Manifest } from '../../src/domain/kinds/manifest.ts';
import type { Plan } from '../../src/plan/steps.ts';

export type Compiled = {
  readonly snapshot: Snapshot;
  readonly compilation: Compilation;
  readonly plan: Plan;
  /** What is to be applied, in the order of the plan. */
  readonly manifests: readonly Manifest[];
  /** By the intent's name. */
  readonly statuses: Readonly<Record<string, Status>>;
};

export function settingsWith(input: SettingsInput = {}): Settings {
  const settings = parseSettings(input);
  if (!settings.ok) throw new Error(JSON.stringify(settings.error));
  return settings.value;
}

/** When the statuses are written, unless a test says otherwise. */
export const NOON = new Date('2026-06-01T12:00:00Z');

/** Compiles one namespace of the world that the objects make up, as if every write succeeded. */
export function compiled(
  objects: readonly unknown[],
  namespace: string,
  settings: Settings = settingsWith(),
): Compiled {
  const snapshot = assemble(namespace, clusterFromObjects(objects).objectsIn(namespace), settings);
  const compilation = compile(snapshot);
  const plan = planWrites(compilation, snapshot);
  const outcome = { failures: new Map<string, string>() };
  const statuses = statusesFor(snapshot, { compilation, plan, outcome, now: NOON });
  return {
    snapshot,
    compilation,
    plan,
    manifests: plan.phases.flat().flatMap((step) => (step.kind === 'apply' ? [step.manifest] : [])),
    statuses: Object.fromEntries(statuses.map(({ intent, status }) => [intent.name, status])),
  };
}

/** A manifest as it stands once it has been applied. */
export function standing(manifest: Manifest, creationTimestamp = '2026-01-01T00:00:00Z'): unknown {
  const { kind, metadata } = manifest;
  return {
    ...manifest,
    metadata: { uid: `uid-of-${kind}-${metadata.name}`, creationTimestamp, ...metadata },
  };
}
