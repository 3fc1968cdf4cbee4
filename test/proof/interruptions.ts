// Compares the states that the writes after an edit make one after the other: what a write opens, interrupts or reroutes.
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import type { KubeObject } from '../support/cluster.ts';
import { effectiveGrants, grantKey } from './effective-grants.ts';
import type { Grant } from './expectation.ts';
import { isAllocated } from './callable-places.ts';
import { fidelityAttempts } from './fidelity-attempts.ts';
import { invalidObjects, probeRequest, settledWorld } from './judge-world.ts';
import { isCallFor } from './mismatches.ts';
import { podName } from './objects.ts';
import { attemptsIn, type Attempt } from './probes.ts';
import { differencesOf, travelText } from './travel.ts';
import { hasWholeRoutes, SHOP, type WorldSpec } from './world-spec.ts';

/**
 * What a write does that it should not. `opened`: a call reaches what the pod could reach neither before nor after the edit. `lost`: a call is
 * blocked although it works, and is granted, before and after the edit. `rerouted`: such a call travels neither as before nor as after.
 * `refused`: the API server or istiod's webhook refuses what is written.
 */
export type Interruption = {
  readonly pod: string;
  readonly kind: 'opened' | 'lost' | 'rerouted' | 'refused';
  readonly step: string;
  readonly what: string;
};

export const describeInterruption = ({ pod, kind, step, what }: Interruption): string =>
  `${kind}: ${pod} after ${step}: ${what}`;

/** The objects after the edit, or after one of its writes. */
export type State = { readonly step: string; readonly objects: readonly KubeObject[] };

/** How each call of each pod travels. No managed Sidecar governs the pods in `open`. */
type JudgedState = {
  readonly step: string;
  readonly travels: readonly (readonly ProbeResult[])[];
  readonly open: ReadonlySet<number>;
  readonly refused: readonly Interruption[];
};

/** The first state is that after the edit, the last that after all its writes. Rejects if the oracle fails. */
export async function interruptionsBetween(
  before: WorldSpec,
  after: WorldSpec,
  states: readonly State[],
  oracle: OracleClient,
): Promise<readonly Interruption[]> {
  if (states.length < 2) return []; // nothing is written
  const attempts = after.routing === undefined ? attemptsIn(after) : fidelityAttempts(after);
  const judged = await Promise.all(
    states.map(async (state) => judgeState(state, { world: after, attempts, oracle })),
  );
  const grants = grantsBetween(before, after);
  const refused = judged.slice(1).flatMap((state) => state.refused);
  const interrupted = after.pods.flatMap((_labels, pod) => {
    const { kept, clusters } = grants[pod] ?? { kept: [], clusters: [] };
    return interruptionsOf(pod, judged, { attempts, kept, clusters, whole: hasWholeRoutes(after) });
  });
  return [...refused, ...interrupted];
}

type Judging = {
  readonly world: WorldSpec;
  readonly attempts: readonly Attempt[];
  readonly oracle: OracleClient;
};

async function judgeState(
  { step, objects }: State,
  { world, attempts, oracle }: Judging,
): Promise<JudgedState> {
  const answer = await oracle.judge({
    ...probeRequest(world, objects, attempts),
    detail: 'hashes',
    validate: true,
  });
  return {
    step,
    travels: world.pods.map((_labels, pod) =>
      answer.results.slice(pod * attempts.length, (pod + 1) * attempts.length),
    ),
    open: new Set(
      answer.proxies.flatMap((proxy, pod) =>
        proxy.sidecar.startsWith(`${SHOP}/egress-intent`) ? [] : [pod],
      ),
    ),
    refused: invalidObjects(answer, world).map(({ pod, what }) => ({ pod, kind: 'refused', step, what })),
  };
}

/**
 * The clusters that a share of the call reaches and, where the client chooses the address, the address; none if it is blocked. Behind an address
 * that istiod allocated for DNS capture nothing answers, once its host is gone.
 */
function reachedBy(result: ProbeResult, { address }: Attempt): readonly string[] {
  if (result.verdict === 'blocked') return [];
  if (result.clusterType === 'ORIGINAL_DST')
    return isAllocated(address) ? [] : [`${result.cluster} at ${address}`];
  if (result.weighted === undefined) return [result.cluster];
  return result.weighted.flatMap(({ cluster, why }) => (why === undefined ? [cluster] : []));
}

type PodGrants = {
  /** In force before and after, whichever entry grants them. */
  readonly kept: readonly Grant[];
  /** The clusters of all that is granted before or after, as a followed route may lead to them from another host. */
  readonly clusters: readonly string[];
};

/** Of each pod. A pod that no intent restricts has no grants. */
function grantsBetween(before: WorldSpec, after: WorldSpec): readonly PodGrants[] {
  const [resultBefore, resultAfter] = [settledWorld(before).result, settledWorld(after).result];
  return after.pods.map((labels) => {
    const grantsBefore = effectiveGrants(labels, before, resultBefore);
    const grantsAfter = effectiveGrants(labels, after, resultAfter);
    if (grantsBefore === 'unrestricted' || grantsAfter === 'unrestricted') return { kept: [], clusters: [] };
    const keys = new Set(grantsBefore.map(grantKey));
    return {
      kept: grantsAfter.filter((grant) => keys.has(grantKey(grant))),
      clusters: [...grantsBefore, ...grantsAfter].flatMap((grant) =>
        grant.kind === 'place' ? [`outbound|${grant.place.port}||${grant.place.host}`] : [],
      ),
    };
  });
}

type Calls = PodGrants & {
  readonly attempts: readonly Attempt[];
  /** Whether routes are compared too. */
  readonly whole: boolean;
};

/**
 * In a state between the first and the last, a call may end where some call of the pod ends in the first or in the last state, at what is granted
 * in one of them, or be blocked. A kept call that works in the first and in the last state must work in every state, and must travel as in one of
 * these two.
 */
function interruptionsOf(
  pod: number,
  judged: readonly JudgedState[],
  { attempts, kept, clusters, whole }: Calls,
): readonly Interruption[] {
  const [first, last] = [judged[0], judged.at(-1)];
  if (first === undefined || last === undefined) return [];
  const isOpen = first.open.has(pod) || last.open.has(pod);
  const reached = [first, last].flatMap(({ travels }) =>
    attempts.flatMap((attempt, at) => {
      const result = travels[pod]?.[at];
      return result === undefined ? [] : reachedBy(result, attempt);
    }),
  );
  const reachable = new Set([...reached, ...clusters]);
  return judged.slice(1, -1).flatMap((state) =>
    attempts.flatMap((attempt, at): readonly Interruption[] => {
      const [was, now, is] = [first, state, last].map(({ travels }) => travels[pod]?.[at]);
      if (was === undefined || now === undefined || is === undefined)
        throw new Error('a call was not judged');
      const { protocol, address, port, name } = attempt;
      const found = (kind: Interruption['kind']): readonly Interruption[] => [
        {
          pod: podName(pod),
          kind,
          step: state.step,
          what: `${protocol} ${address}:${port} ${name}: ${[was, now, is].map(travelText).join(' -> ')}`,
        },
      ];
      const isOpened = state.open.has(pod) || reachedBy(now, attempt).some((end) => !reachable.has(end));
      if (!isOpen && isOpened) return found('opened');
      const isKept = kept.some((grant) => isCallFor(grant, attempt));
      if (!isKept || was.verdict === 'blocked' || is.verdict === 'blocked') return [];
      if (now.verdict === 'blocked') return found('lost');
      const isAs = (end: ProbeResult): boolean => differencesOf(end, now, { whole }).length === 0;
      return isAs(was) || isAs(is) ? [] : found('rerouted');
    }),
  );
}
