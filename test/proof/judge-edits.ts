// Judges a sequence of edits: after each edit, and after each single write that follows it, asks the oracle what each pod may call.
import type { Step } from '../../src/plan/steps.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import type { KubeObject } from '../support/cluster.ts';
import { modelMesh } from '../support/model-mesh.ts';
import { edited, type EditSequence } from './edit-sequence.ts';
import { effectiveGrants, grantKey } from './effective-grants.ts';
import { compileUntilStable, objectsPresent, probeRequest, settledWorld } from './judge-world.ts';
import { isCallFor } from './mismatches.ts';
import { podName, START_TIME } from './objects.ts';
import { attemptsIn, type Attempt } from './probes.ts';
import { SHOP, type WorldSpec } from './world-spec.ts';

/**
 * A call that ends differently after a write than it should. `opened`: it reaches what the pod could reach neither before nor after the
 * edit. `lost`: it is blocked although it works, and is granted, before and after the edit.
 */
export type Interruption = {
  readonly pod: string;
  readonly kind: 'opened' | 'lost';
  readonly step: string;
  readonly what: string;
};

export const describeInterruption = ({ pod, kind, step, what }: Interruption): string =>
  `${kind}: ${pod} after ${step}: ${what}`;

export type JudgedEdits = {
  readonly interruptions: readonly Interruption[];
  /** The number of writes that were judged. */
  readonly writes: number;
};

/** Ends at the first edit with interruptions. Rejects if a plan does not become empty, or the oracle fails. */
export async function judgeEdits({ start, edits }: EditSequence, oracle: OracleClient): Promise<JudgedEdits> {
  const mesh = modelMesh(SHOP, START_TIME);
  compileUntilStable(start, mesh);
  let world = start;
  let writes = 0;
  for (const { after, edit } of edits) {
    mesh.pass(after);
    const next = edited(world, edit);
    const states: State[] = [{ step: 'the edit', objects: objectsPresent(next, mesh) }];
    compileUntilStable(next, mesh, (step) =>
      states.push({ step: describeStep(step), objects: objectsPresent(next, mesh) }),
    );
    writes += states.length - 1;
    const interruptions = await interruptionsBetween(
      { ...next, intents: world.intents },
      next,
      states,
      oracle,
    );
    if (interruptions.length > 0) return { interruptions, writes };
    world = next;
  }
  return { interruptions: [], writes };
}

const describeStep = (step: Step): string => `${step.kind === 'apply' ? step.verb : step.kind} ${step.id}`;

type State = { readonly step: string; readonly objects: readonly KubeObject[] };

const ANYWHERE = 'anywhere';

/** Where each call of each pod ends, or undefined if it is blocked; ANYWHERE if no managed Sidecar governs the pod. */
type JudgedState = { readonly step: string; readonly ends: readonly (readonly (string | undefined)[])[] };

async function interruptionsBetween(
  before: WorldSpec,
  after: WorldSpec,
  states: readonly State[],
  oracle: OracleClient,
): Promise<readonly Interruption[]> {
  if (states.length < 3) return []; // no state between the first and the last
  const attempts = attemptsIn(after);
  const judged = await Promise.all(
    states.map(async ({ step, objects }): Promise<JudgedState> => {
      const { results, proxies } = await oracle.judge(probeRequest(after, objects, attempts));
      const ends = proxies.map(({ sidecar }, pod) =>
        attempts.map((attempt, at) => endOf(results[pod * attempts.length + at], attempt, sidecar)),
      );
      return { step, ends };
    }),
  );
  const isKept = keptBetween(before, after);
  return after.pods.flatMap((_labels, pod) => {
    const kept = attempts.map((attempt) => isKept(pod, attempt));
    return interruptionsOf(pod, judged, attempts, kept);
  });
}

/** The cluster and, where the client chooses the address, the address. */
function endOf(result: ProbeResult | undefined, { address }: Attempt, sidecar: string): string | undefined {
  if (!sidecar.startsWith(`${SHOP}/egress-intent`)) return ANYWHERE;
  if (result?.verdict !== 'allowed') return undefined;
  return result.clusterType === 'ORIGINAL_DST' ? `${result.cluster} at ${address}` : result.cluster;
}

/** True for a call that the same grant of the pod covers before and after. A pod that no intent restricts has no grants. */
function keptBetween(before: WorldSpec, after: WorldSpec): (pod: number, attempt: Attempt) => boolean {
  const [resultBefore, resultAfter] = [settledWorld(before).result, settledWorld(after).result];
  const grants = after.pods.map((labels) => {
    const grantsBefore = effectiveGrants(labels, before, resultBefore);
    const grantsAfter = effectiveGrants(labels, after, resultAfter);
    if (grantsBefore === 'unrestricted' || grantsAfter === 'unrestricted') return [];
    const keys = new Set(grantsBefore.map(grantKey));
    return grantsAfter.filter((grant) => keys.has(grantKey(grant)));
  });
  return (pod, attempt) => grants[pod]?.some((grant) => isCallFor(grant, attempt)) ?? false;
}

/**
 * In a state between the first and the last, a call may end where some call of the pod ends in the first or in the last state, or be
 * blocked. A kept call that works in the first and in the last state must work in every state.
 */
function interruptionsOf(
  pod: number,
  judged: readonly JudgedState[],
  attempts: readonly Attempt[],
  kept: readonly boolean[],
): readonly Interruption[] {
  const [first, last] = [judged[0]?.ends[pod] ?? [], judged.at(-1)?.ends[pod] ?? []];
  const reachable = new Set([...first, ...last]);
  return judged.slice(1, -1).flatMap(({ step, ends: endsOfPods }) =>
    attempts.flatMap(({ protocol, address, port, name }, at): readonly Interruption[] => {
      const [before, now, after] = [first[at], endsOfPods[pod]?.[at], last[at]];
      const ends = [before, now, after].map((end) => end ?? 'blocked');
      const what = `${protocol} ${address}:${port} ${name}: ${ends.join(' -> ')}`;
      const interruption = { pod: podName(pod), step, what };
      if (now !== undefined && !reachable.has(now) && !reachable.has(ANYWHERE))
        return [{ ...interruption, kind: 'opened' }];
      const isLost = now === undefined && before !== undefined && after !== undefined && kept[at] === true;
      return isLost ? [{ ...interruption, kind: 'lost' }] : [];
    }),
  );
}
