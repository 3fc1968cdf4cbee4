// The pure hops in one call, over objects as files hold them, for tests of what comes out.
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
  /** The objects that the plan applies, in its order. */
  readonly manifests: readonly Manifest[];
  /** By the name of the intent. */
  readonly statuses: Readonly<Record<string, Status>>;
};

export function settingsWith(input: SettingsInput = {}): Settings {
  const settings = parseSettings(input);
  if (!settings.ok) throw new Error(JSON.stringify(settings.error));
  return settings.value;
}

/** The time at which statuses are written. */
export const NOON = new Date('2026-06-01T12:00:00Z');

/** Compiles one namespace of a cluster with these objects, as if every write succeeded. */
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

/** The object that the API server holds once the manifest is applied. */
export function liveObject(manifest: Manifest, creationTimestamp = '2026-01-01T00:00:00Z'): object {
  const { kind, metadata } = manifest;
  return {
    ...manifest,
    metadata: { uid: `uid-of-${kind}-${metadata.name}`, creationTimestamp, ...metadata },
  };
}
