// A journey judged: after each edit, and after each single write that follows it, istiod's own code says what each pod may call.
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import type { KubeObject } from '../support/cluster.ts';
import { modelMesh } from '../support/model-mesh.ts';
import { isMeant } from './mismatches.ts';
import { effectiveGrants, keyOf } from './effective-grants.ts';
import { edited, type EditSequence } from './edit-sequence.ts';
import { NOON, podName } from './objects.ts';
import { attemptsOn, type Attempt } from './probes.ts';
import { settledWorld, probeRequest, compileUntilStable, objectsPresent } from './judge-world.ts';
import { OWN, type WorldSpec } from './world-spec.ts';
import type { Step } from '../../src/plan/steps.ts';

/** A pod that after some write was more open than before and after, or lost what it had before and has after. */
export type Interruption = {
  readonly pod: string;
  readonly kind: 'opened' | 'lost';
  readonly step: string;
  readonly what: string;
};

export type JudgedEdits = {
  readonly interruptions: readonly Interruption[];
  readonly writes: number;
};

/** Ends at the first edit whose writes are not smooth. */
export async function judgeEdits({ start, edits }: EditSequence, oracle: OracleClient): Promise<JudgedEdits> {
  const mesh = modelMesh(OWN, NOON);
  compileUntilStable(start, mesh);
  let world = start;
  let writes = 0;
  for (const { after, edit } of edits) {
    mesh.pass(after);
    const next = edited(world, edit);
    const states: State[] = [{ step: 'the edit', objects: objectsPresent(next, mesh) }];
    compileUntilStable(next, mesh, (step) =>
      states.push({ step: titleOf(step), objects: objectsPresent(next, mesh) }),
    );
    writes += states.length - 1;
    const jolts = await interruptionsBetween({ ...next, intents: world.intents }, next, states, oracle);
    if (jolts.length > 0) return { interruptions: jolts, writes };
    world = next;
  }
  return { interruptions: [], writes };
}

const titleOf = (step: Step): string => `${step.kind === 'apply' ? step.verb : step.kind} ${step.id}`;

type State = { readonly step: string; readonly objects: readonly KubeObject[] };

/** Of each pod and each call where it ends, if it leaves; `any` where nothing of ours governs the pod. */
type Judged = { readonly step: string; readonly ends: readonly (readonly (string | undefined)[])[] };

async function interruptionsBetween(
  before: WorldSpec,
  after: WorldSpec,
  states: readonly State[],
  oracle: OracleClient,
): Promise<readonly Interruption[]> {
  if (states.length < 3) return []; // nothing between before and after
  const attempts = attemptsOn(after);
  const judged = await Promise.all(
    states.map(async ({ step, objects }): Promise<Judged> => {
      const { results, proxies } = await oracle.judge(probeRequest(after, objects, attempts));
      const ends = proxies.map(({ sidecar }, pod) =>
        attempts.map((attempt, at) => endOf(results[pod * attempts.length + at], attempt, sidecar)),
      );
      return { step, ends };
    }),
  );
  const kept = keptBetween(before, after);
  return after.pods.flatMap((_labels, pod) => {
    const isKept = attempts.map((attempt) => kept(pod, attempt));
    return interruptionsOf(pod, judged, attempts, isKept);
  });
}

/** The cluster and, where the client chooses it, the address. */
function endOf(verdict: ProbeResult | undefined, { address }: Attempt, sidecar: string): string | undefined {
  if (!sidecar.startsWith(`${OWN}/egress-intent`)) return 'any';
  if (verdict?.verdict !== 'allowed') return undefined;
  return verdict.clusterType === 'ORIGINAL_DST' ? `${verdict.cluster} at ${address}` : verdict.cluster;
}

/** Whether a call is one that the pod has a grant for before and after, and the same. A pod that nothing closes has no grants. */
function keptBetween(before: WorldSpec, after: WorldSpec): (pod: number, attempt: Attempt) => boolean {
  const [was, is] = [settledWorld(before).result, settledWorld(after).result];
  const grants = after.pods.map((labels) => {
    const [had, has] = [effectiveGrants(labels, before, was), effectiveGrants(labels, after, is)];
    if (had === 'open' || has === 'open') return [];
    const keys = new Set(had.map(keyOf));
    return has.filter((grant) => keys.has(keyOf(grant)));
  });
  return (pod, attempt) => grants[pod]?.some((grant) => isMeant(grant, attempt)) ?? false;
}

/**
 * Between before and after a call may end where the pod could get before or will get after, or nowhere; and one that is kept, and
 * arrives before and after, must arrive all the time.
 */
function interruptionsOf(
  pod: number,
  judged: readonly Judged[],
  attempts: readonly Attempt[],
  isKept: readonly boolean[],
): readonly Interruption[] {
  const [before, after] = [judged[0]?.ends[pod] ?? [], judged.at(-1)?.ends[pod] ?? []];
  const reachable = new Set([...before, ...after]);
  return judged.slice(1, -1).flatMap(({ step, ends }) =>
    attempts.flatMap(({ protocol, address, port, name }, at): readonly Interruption[] => {
      const [had, now, will] = [before[at], ends[pod]?.[at], after[at]];
      const what = `${protocol} ${address}:${port} ${name}: ${had} -> ${now} -> ${will}`;
      const jolt = { pod: podName(pod), step, what };
      if (now !== undefined && !reachable.has(now) && !reachable.has('any'))
        return [{ ...jolt, kind: 'opened' }];
      const isLost = now === undefined && had !== undefined && will !== undefined && isKept[at] === true;
      return isLost ? [{ ...jolt, kind: 'lost' }] : [];
    }),
  );
}
