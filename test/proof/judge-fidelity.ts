// Judges a random world by how granted calls travel: each that a registered host answers without our objects must travel the same with them, unless
// a diagnostic about the very entry names what is lost; and a call to what is not granted must not get through.
import { isDeepStrictEqual } from 'node:util';
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { KubeObject } from '../support/cluster.ts';
import { endsAsNoted, endsAsRerouted, excusingCodes, resultsUnder, type Setting } from './excused-calls.ts';
import { expectationOf } from './expectation.ts';
import { fidelityAttempts } from './fidelity-attempts.ts';
import { followedObjects } from './followed.ts';
import { callsToCompare, type ComparedCall, type PodCalls } from './granted-calls.ts';
import { allocatedIn, invalidObjects, probeRequest, settledWorld } from './judge-world.ts';
import { clusterObjects, podName } from './objects.ts';
import { hasWholeRoutes, SHOP, type WorldSpec } from './world-spec.ts';
import type { Attempt } from './probes.ts';
import { differencesOf, endsOf, isAnswered, isRouted, travelText, type TravelPart } from './travel.ts';

/** A granted call that travels otherwise, or one that is not granted and gets through. */
export type Deviation = {
  readonly pod: string;
  readonly call: ComparedCall;
  readonly before: ProbeResult | undefined;
  readonly after: ProbeResult;
  readonly differences: readonly TravelPart[];
};

/** A granted call that travels otherwise, and the diagnostics that say so, by code. */
export type ExcusedCall = {
  readonly call: ComparedCall;
  readonly before: ProbeResult;
  readonly codes: readonly string[];
};

export type JudgedFidelity = {
  /** Calls that are granted and that a registered host answered before. */
  readonly compared: number;
  readonly same: number;
  /** Of these, the calls about which a VirtualService decides. */
  readonly routed: number;
  /** Compared calls that travel otherwise and are excused, by code. */
  readonly excused: ReadonlyMap<string, number>;
  readonly excusedCalls: readonly ExcusedCall[];
  readonly unexplained: readonly Deviation[];
  /** Calls that get through though they are not granted. */
  readonly more: readonly Deviation[];
  /** What the API server or istiod's webhook refuses of what is written. */
  readonly invalid: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
};

export const describeDeviation = ({ pod, call, before, after, differences }: Deviation): string => {
  const { protocol, address, port, name, path = '', headers } = call.attempt;
  const header = headers === undefined ? '' : ` ${JSON.stringify(headers)}`;
  const was = before === undefined ? 'not granted' : travelText(before);
  const by = call.grantedBy.length === 0 ? '' : `, granted by ${call.grantedBy.join(' and ')}`;
  return `${pod} ${protocol} ${address}:${port} ${name}${path}${header}${by}: ${was} -> ${travelText(after)} [${differences.join(', ')}]`;
};

export const contradictionsIn = ({ unexplained, more, invalid }: JudgedFidelity): readonly string[] => [
  ...unexplained.map((deviation) => `otherwise: ${describeDeviation(deviation)}`),
  ...more.map((deviation) => `more: ${describeDeviation(deviation)}`),
  ...invalid.map((text) => `refused: ${text}`),
];

type Verdict =
  | { readonly kind: 'unanswered' | 'granted' }
  | { readonly kind: 'same'; readonly isRouted: boolean }
  | ({ readonly kind: 'excused' } & ExcusedCall)
  | { readonly kind: 'unexplained' | 'more'; readonly deviation: Deviation };

/** Rejects if the compiler throws or the oracle fails. */
export async function judgeFidelity(world: WorldSpec, oracle: OracleClient): Promise<JudgedFidelity> {
  const { result, objects } = settledWorld(world);
  const { diagnostics } = result.compilation;
  const attempts = fidelityAttempts(world);
  const answer = await oracle.judge({
    ...probeRequest(world, objects, attempts),
    detail: 'hashes',
    validate: true,
  });
  const allocated = allocatedIn(objects, world);
  const pods = world.pods.flatMap((labels, pod): PodCalls[] => {
    const expected = expectationOf(labels, world);
    const governing = answer.proxies[pod]?.sidecar ?? '';
    if (!expected.restricted || !governing.startsWith(`${SHOP}/egress-intent`)) return [];
    const results = answer.results.slice(pod * attempts.length, (pod + 1) * attempts.length);
    const about = diagnostics.filter(({ intent }) =>
      expected.intents.some((index) => intent === `intent-${index}`),
    );
    return [{ pod, expected, attempts, results, diagnostics: about, allocated }];
  });
  const foreign = clusterObjects(world);
  const calls = pods.flatMap((pod) => callsToCompare(pod, world));
  const verdicts = await verdictsOn(calls, { world, foreign, oracle });
  const excused = new Map<string, number>();
  for (const verdict of verdicts)
    if (verdict.kind === 'excused')
      for (const code of verdict.codes)
        excused.set(code, (excused.get(code) ?? 0) + 1 / verdict.codes.length);
  const deviations = (kind: 'unexplained' | 'more'): readonly Deviation[] =>
    verdicts.flatMap((verdict) => (verdict.kind === kind ? [verdict.deviation] : []));
  const count = (kind: Verdict['kind']): number => verdicts.filter((verdict) => verdict.kind === kind).length;
  return {
    compared: count('same') + count('excused') + count('unexplained'),
    same: count('same'),
    routed: verdicts.filter((verdict) => verdict.kind === 'same' && verdict.isRouted).length,
    excused,
    excusedCalls: verdicts.filter((verdict) => verdict.kind === 'excused'),
    unexplained: deviations('unexplained'),
    more: deviations('more'),
    invalid: invalidObjects({ ...answer, messages: [] }, world).map(({ pod, what }) => `${pod}: ${what}`),
    diagnostics,
  };
}

/** Calls with the same providers see the same mesh without our objects, so they are judged together. */
async function verdictsOn(calls: readonly ComparedCall[], setting: Setting): Promise<readonly Verdict[]> {
  const groups = Map.groupBy(calls, ({ providers }) => providers.join(' '));
  const verdicts = await Promise.all(
    [...groups.values()].map(async (group) => {
      const { trusted = [] } = setting.world;
      const providers = group[0]?.providers ?? [];
      const followed = followedObjects(setting.foreign, { caller: SHOP, trusted, providers });
      const before = await resultsUnder(followed, group, setting);
      return Promise.all(
        group.map(async (call, index) =>
          verdictOn(call, before[index], { ...setting, followed, isReachedAnyway: reachedAnyway(calls) }),
        ),
      );
    }),
  );
  return verdicts.flat();
}

/** True if a granted call by the same name and port ends there too: the client then wins nothing by another address. Not where the address is the end. */
const reachedAnyway =
  (calls: readonly ComparedCall[]) =>
  ({ pod, attempt, after }: ComparedCall): boolean =>
    attempt.name !== '' &&
    !(after.verdict === 'allowed' && after.clusterType === 'ORIGINAL_DST') &&
    calls.some(
      (other) =>
        other.isGranted &&
        other.pod === pod &&
        isDeepStrictEqual(withoutAddress(other.attempt), withoutAddress(attempt)) &&
        isDeepStrictEqual(endsOf(other.after), endsOf(after)),
    );

const withoutAddress = ({ protocol, port, name, path, headers }: Attempt) => ({
  protocol,
  port,
  name,
  path,
  headers,
});

async function verdictOn(
  call: ComparedCall,
  before: ProbeResult | undefined,
  setting: Setting & {
    readonly followed: readonly KubeObject[];
    readonly isReachedAnyway: (call: ComparedCall) => boolean;
  },
): Promise<Verdict> {
  const { after, isGranted } = call;
  if (before === undefined) throw new Error('a call was not judged');
  const pod = podName(call.pod);
  if (!isGranted) {
    const isFollowed =
      call.providers.length > 0 &&
      (endsOf(after).every((end) => endsOf(before).includes(end)) ||
        endsAsNoted(call) ||
        endsAsRerouted(call));
    const isExcused = async (): Promise<boolean> =>
      call.providers.length > 0 &&
      (await excusingCodes(call, before, hasWholeRoutes(setting.world), setting)).length > 0;
    if (isFollowed || setting.isReachedAnyway(call) || (await isExcused())) return { kind: 'granted' };
    const deviation: Deviation = { pod, call, before: undefined, after, differences: [] };
    return { kind: 'more', deviation };
  }
  if (!isAnswered(before)) return { kind: 'unanswered' };
  const whole = hasWholeRoutes(setting.world);
  const differences = differencesOf(before, after, { whole });
  if (differences.length === 0)
    return { kind: 'same', isRouted: isRouted(before, call.attempt.place?.host ?? call.attempt.name) };
  const codes = await excusingCodes(call, before, whole, setting);
  if (codes.length > 0) return { kind: 'excused', call, before, codes };
  return { kind: 'unexplained', deviation: { pod, call, before, after, differences } };
}
