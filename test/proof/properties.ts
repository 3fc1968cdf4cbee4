// The properties that are checked with random inputs, by name: a failing input is stored with the name, so that it can be judged again.
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import { avoidableCases, casesOf } from './alternative-listeners.ts';
import type { EditSequence } from './edit-sequence.ts';
import { judgeAddedIntent } from './judge-added-intent.ts';
import { judgeEdits } from './judge-edits.ts';
import { describeInterruption } from './interruptions.ts';
import { contradictionsIn, judgeFidelity } from './judge-fidelity.ts';
import { judgeRouting } from './judge-routing.ts';
import { judgeWorld } from './judge-world.ts';
import { describeMismatch } from './mismatches.ts';
import type { WorldSpec } from './world-spec.ts';

/** Each returns what contradicts the property, one sentence each. */
export const PROPERTIES = {
  /** Each restricted pod may call exactly what its intents grant. */
  'grants-are-exact': async (world: WorldSpec, oracle) =>
    (await judgeWorld(world, oracle)).mismatches.map(describeMismatch),
  /** No single write opens more than the edit, or blocks or reroutes a call that is granted before and after it; Istio accepts each. */
  'edits-are-smooth': async (sequence: EditSequence, oracle) =>
    (await judgeEdits(sequence, oracle)).interruptions.map(describeInterruption),
  /** Where a port is not granted, no other listener would grant it exactly. */
  'exceptions-are-forced': async (world: WorldSpec, oracle) => avoidableCases(casesOf(world), oracle),
  /** An added intent takes no grant from a restricted pod. */
  'grants-persist': async (world: WorldSpec) => judgeAddedIntent(world).lost,
  /** A diagnostic reports each call that reaches more because of foreign routing. */
  'interference-is-reported': async (world: WorldSpec, oracle) =>
    (await judgeRouting(world, oracle)).unreported,
  /** A granted call that a registered host answered before travels the same, or a diagnostic names what is lost. */
  'calls-travel-the-same': async (world: WorldSpec, oracle) =>
    contradictionsIn(await judgeFidelity(world, oracle)),
} satisfies Readonly<Record<string, (input: never, oracle: OracleClient) => Promise<readonly string[]>>>;

export type PropertyName = keyof typeof PROPERTIES;
export type Input<Name extends PropertyName> = Parameters<(typeof PROPERTIES)[Name]>[0];

export const isPropertyName = (name: string): name is PropertyName => Object.hasOwn(PROPERTIES, name);

/** What contradicts the property for this input. An error, such as one of the compiler, is a contradiction too. */
export async function contradictions(
  name: PropertyName,
  input: Input<PropertyName>,
  oracle: OracleClient,
): Promise<readonly string[]> {
  try {
    return await PROPERTIES[name](input as never, oracle);
  } catch (error) {
    return [String(error)];
  }
}
