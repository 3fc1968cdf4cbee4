// A run that only updated objects leaves nothing to do: the next one would write nothing, no object and no status. So the echo of its writes
// needs no run.
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../support/cluster.ts';
import { compiled, type Compiled } from '../support/compiler.ts';
import { modelMesh, type ModelMesh } from '../support/model-mesh.ts';
import { arbitraryEditSequence, edited } from './edit-sequence.ts';
import { compileUntilStable, objectsPresent, settingsOf } from './judge-world.ts';
import { intentObjects, START_TIME } from './objects.ts';
import { SHOP, type WorldSpec } from './world-spec.ts';

type Statuses = Readonly<Record<string, unknown>>;

const withStatuses = (intents: readonly KubeObject[], statuses: Statuses): readonly KubeObject[] =>
  intents.map((intent) => ({ ...intent, status: statuses[intent.metadata.name] }));

const run = (world: WorldSpec, mesh: ModelMesh, statuses: Statuses): Compiled =>
  compiled(
    [...objectsPresent(world, mesh), ...withStatuses(intentObjects(world), statuses)],
    SHOP,
    settingsOf(world),
  );

test.each([
  ['fixed', 20_261_128],
  ['fresh', randomInt(2 ** 31)],
])(
  'after a run that only updates, the next run writes nothing (%s seed %i)',
  (kind, seed) => {
    const counted = { updates: 0 };
    fc.assert(
      fc.property(arbitraryEditSequence({ versions: ['1.31', '1.30'] }), ({ start, edits }) => {
        const mesh = modelMesh(SHOP, START_TIME);
        const statuses: Record<string, unknown> = { ...compileUntilStable(start, mesh).statuses };
        let world = start;
        for (const { after, edit } of edits) {
          mesh.pass(after);
          world = edited(world, edit);
          const first = run(world, mesh, statuses);
          const steps = first.plan.phases.flat();
          for (const step of steps) mesh.apply(step);
          Object.assign(statuses, first.statuses);
          const second = run(world, mesh, statuses);
          if (steps.every((step) => step.kind === 'apply' && step.verb === 'update')) {
            counted.updates += steps.length;
            const left = [...second.plan.phases.flat(), ...Object.values(second.statuses)];
            if (left.length > 0) throw new Error(`the next run writes ${JSON.stringify(left)}`);
          } else compileUntilStable(world, mesh);
          Object.assign(statuses, run(world, mesh, statuses).statuses);
        }
      }),
      { numRuns: 40, seed },
    );
    // Forty fresh worlds may have few runs that only update.
    expect(counted.updates).toBeGreaterThan(kind === 'fixed' ? 5 : 0);
  },
  240_000,
);
