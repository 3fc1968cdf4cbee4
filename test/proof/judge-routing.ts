// Judges foreign VirtualServices and DestinationRules: the same world is judged without and with them, and a diagnostic must report each
// call that reaches more with them.
import type { Diagnostic, DiagnosticCode } from '../../src/domain/egress-intent/diagnostics.ts';
import { covers } from '../../src/domain/istio/egress-host.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import { OUTSIDE_ADDRESS } from './callable-places.ts';
import { expectationOf, type Grant } from './expectation.ts';
import { probeRequest, settledWorld } from './judge-world.ts';
import { podName } from './objects.ts';
import { attemptsIn, type Attempt } from './probes.ts';
import { UNKNOWN_HOST } from './routing.ts';
import type { WorldSpec } from './world-spec.ts';

export type JudgedRouting = {
  /** Each call that reaches more with the routing and that no diagnostic reports, as a sentence. */
  readonly unreported: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
};

export async function judgeRouting(world: WorldSpec, oracle: OracleClient): Promise<JudgedRouting> {
  const { result, objects } = settledWorld(world);
  const { diagnostics } = result.compilation;
  const attempts: readonly Attempt[] = [
    ...attemptsIn(world),
    { protocol: 'http', address: OUTSIDE_ADDRESS, port: 80, name: UNKNOWN_HOST },
  ];
  const routing = new Set(world.routing);
  const objectsWithout = objects.filter((object) => !routing.has(object));
  const [without, having] = await Promise.all([
    oracle.judge(probeRequest(world, objectsWithout, attempts)),
    oracle.judge(probeRequest(world, objects, attempts)),
  ]);
  const unreported = world.pods.flatMap((labels, pod) => {
    const { restricted, intents, grants } = expectationOf(labels, world);
    const governing = having.proxies[pod]?.sidecar ?? '';
    if (!restricted || !governing.includes('egress-intent')) return [];
    const from = pod * attempts.length;
    return unreportedCalls(attempts, {
      before: without.results.slice(from, from + attempts.length),
      after: having.results.slice(from, from + attempts.length),
      grants,
      diagnostics: diagnostics.filter(({ intent }) => intents.some((index) => intent === `intent-${index}`)),
    }).map((call) => `${podName(pod)} ${call}`);
  });
  return { unreported, diagnostics };
}

type PodResults = {
  readonly before: readonly ProbeResult[];
  readonly after: readonly ProbeResult[];
  readonly grants: readonly Grant[];
  readonly diagnostics: readonly Diagnostic[];
};

function unreportedCalls(
  attempts: readonly Attempt[],
  { before, after, grants, diagnostics }: PodResults,
): readonly string[] {
  const reachable = new Set([
    ...before.flatMap(endsOf),
    ...grants.flatMap((grant) => (grant.kind === 'place' ? `${grant.place.host}:${grant.place.port}` : [])),
  ]);
  return attempts.flatMap(({ protocol, address, port, name }, index) => {
    const [was, is] = [before[index], after[index]];
    if (was === undefined || is === undefined) throw new Error('a call was not judged');
    const call = `${protocol} ${address}:${port} ${name}`;
    const elsewhere = endsOf(is).filter((end) => !reachable.has(end) && !isReportedRoute(end, diagnostics));
    const isSpoofable =
      reachesAnyAddress(is) && !reachesAnyAddress(was) && !isReportedSpoofable(name, endsOf(is), diagnostics);
    return [
      ...elsewhere.map((end) => `${call} ends at ${end}`),
      ...(isSpoofable ? [`${call} ends at any address`] : []),
    ];
  });
}

/** Parses the name of a cluster: `outbound|80|subset|host` becomes `host:80`. */
function endOf(cluster: string): string {
  const [, port = '', , host = ''] = cluster.split('|');
  return `${host}:${port}`;
}

const endsOf = (result: ProbeResult): readonly string[] =>
  result.verdict === 'allowed'
    ? (result.weighted?.filter(({ why }) => why === undefined) ?? [result]).map(({ cluster }) =>
        endOf(cluster),
      )
    : [];

/** True for a call that Envoy sends to the address that the client chose, on a listener for every address. */
const reachesAnyAddress = (result: ProbeResult): boolean =>
  result.verdict === 'allowed' &&
  result.clusterType === 'ORIGINAL_DST' &&
  (result.listener ?? '').startsWith('0.0.0.0');

const isReportedRoute = (end: string, diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(
    (diagnostic) =>
      (diagnostic.code === 'VirtualServiceReroutes' || diagnostic.code === 'RouteFollowed') &&
      (diagnostic.destination === end || diagnostic.destination === hostOf(end)),
  );

/**
 * True if a diagnostic reports that the client chooses the address of a call: one about the routing, or one about the host
 * at which the call ends or about a wildcard that covers its name. A pod that can spoof one name gains nothing by another.
 */
const isReportedSpoofable = (
  name: string,
  ends: readonly string[],
  diagnostics: readonly Diagnostic[],
): boolean =>
  diagnostics.some((diagnostic) => {
    if (diagnostic.code !== 'HostSpoofable') return ROUTING_CODES.has(diagnostic.code);
    const [first = '', second = first] = diagnostic.destination.split('/');
    const hosts = new Set([second, `${second}.${first}.svc.cluster.local`]);
    return ends.some((end) => hosts.has(hostOf(end))) || covers(second, name);
  });

const ROUTING_CODES: ReadonlySet<DiagnosticCode> = new Set([
  'DestinationRulePassthrough',
  'VirtualServiceReroutes',
]);

const hostOf = (end: string): string => end.split(':')[0] ?? '';
