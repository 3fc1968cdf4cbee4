// Judges the effect of one more intent on the pods that are restricted already: it must take no grant from them. Asks no oracle.
import { modelMesh } from '../support/model-mesh.ts';
import { effectiveGrants, grantKey } from './effective-grants.ts';
import type { Grant } from './expectation.ts';
import { compileUntilStable } from './judge-world.ts';
import { podName, START_TIME } from './objects.ts';
import { SHOP, type WorldSpec } from './world-spec.ts';

export type JudgedAddition = {
  /** Each grant that a pod loses, as a sentence. */
  readonly lost: readonly string[];
  /** The number of entries that are refused because they would displace an older grant. */
  readonly displaced: number;
};

const keysOf = (grants: readonly Grant[]): ReadonlySet<string> => new Set(grants.map(grantKey));

/** Adds the last intent of the world after the plan of the others has been carried out. */
export function judgeAddedIntent(world: WorldSpec): JudgedAddition {
  const before = { ...world, intents: world.intents.slice(0, -1) };
  const mesh = modelMesh(SHOP, START_TIME);
  const [resultBefore, resultAfter] = [compileUntilStable(before, mesh), compileUntilStable(world, mesh)];
  const lost = world.pods.flatMap((labels, pod) => {
    const grantsBefore = effectiveGrants(labels, before, resultBefore);
    const grantsAfter = effectiveGrants(labels, world, resultAfter);
    if (grantsBefore === 'unrestricted' || grantsAfter === 'unrestricted') return [];
    const keys = keysOf(grantsBefore).difference(keysOf(grantsAfter));
    return [...keys].map((key) => `${podName(pod)} loses ${key}`);
  });
  const { diagnostics } = resultAfter.compilation;
  return { lost, displaced: diagnostics.filter(({ code }) => code === 'OlderGrantDisplaced').length };
}
