// Tries other Sidecars for a pod whose granted call travels otherwise than before, as a diagnostic says: none of them may make this call travel as
// before without opening or rerouting another one.
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { KubeObject } from '../support/cluster.ts';
import { expectationOf } from './expectation.ts';
import { fidelityAttempts } from './fidelity-attempts.ts';
import { judgeFidelity, type ExcusedCall } from './judge-fidelity.ts';
import { probeOf, probeRequest, settledWorld } from './judge-world.ts';
import { isCallFor } from './mismatches.ts';
import type { Attempt } from './probes.ts';
import { changedSidecars } from './sidecar-changes.ts';
import { differencesOf } from './travel.ts';
import { hasWholeRoutes, hostsOf, type WorldSpec } from './world-spec.ts';

/** One excused call for each code, of each pod, in the order of the calls. */
export async function excusedCallsIn(
  world: WorldSpec,
  oracle: OracleClient,
): Promise<readonly ExcusedCall[]> {
  const { excusedCalls } = await judgeFidelity(world, oracle);
  return [
    ...new Map(excusedCalls.map((each) => [`${each.call.pod} ${each.codes.join(' ')}`, each])).values(),
  ];
}

/** An alternative that would have kept the call, as a sentence; undefined if there is none. Rejects if the oracle fails. */
export async function keptBy(
  excused: ExcusedCall,
  world: WorldSpec,
  oracle: OracleClient,
): Promise<string | undefined> {
  const { objects } = settledWorld(world);
  const { call, before } = excused;
  const whole = hasWholeRoutes(world);
  const isSame = (a: ProbeResult, b: ProbeResult): boolean => differencesOf(a, b, { whole }).length === 0;
  const sameWorld = { ...world, pods: world.pods.slice(call.pod, call.pod + 1) };
  const judged = async (present: readonly KubeObject[], attempts: readonly Attempt[]) =>
    oracle.judge({
      ...probeRequest(sameWorld, present, []),
      probes: attempts.map((attempt) => probeOf(attempt, 0)),
      detail: 'hashes',
    });
  const attempts = [...fidelityAttempts(world), ...callsToOthers(world, call.attempt)];
  const now = await judged(objects, attempts);
  const governing = now.proxies[0]?.sidecar ?? '';
  const { grants } = expectationOf(world.pods[call.pod] ?? {}, world);
  for (const { title, changed } of changedSidecars(excused, { world, objects, governing })) {
    const { results } = await judged(changed, [call.attempt]);
    if (results[0] === undefined || !isSame(before, results[0])) continue;
    const after = await judged(changed, attempts);
    const isHarmless = attempts.every((attempt, at) => {
      const [was, is] = [now.results[at], after.results[at]];
      if (was === undefined || is === undefined) throw new Error('a call was not judged');
      const isGranted = grants.some((grant) => isCallFor(grant, attempt));
      return isSame(was, is) || (isGranted ? isSame(before, is) : is.verdict === 'blocked');
    });
    if (isHarmless) return `${excused.codes.join(', ')}: ${title}`;
  }
  return undefined;
}

/** Calls to every name that somebody routes or registers, and to names below their wildcards: a listing may open them. */
function callsToOthers(world: WorldSpec, { address, port }: Attempt): readonly Attempt[] {
  const routed = (world.routing ?? []).flatMap(
    ({ spec }) => (spec as { readonly hosts?: readonly string[] }).hosts ?? [],
  );
  const registered = world.serviceEntries.flatMap(hostsOf);
  return [...new Set([...routed, ...registered])].flatMap((host) => {
    const name = host.replace('*', 'another');
    return [...new Set([port, 80])].flatMap((number): Attempt[] => [
      { protocol: 'http', address, port: number, name },
      { protocol: 'tls', address, port: number, name },
    ]);
  });
}
