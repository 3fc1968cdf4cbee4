// Tries other Sidecars for a pod whose granted call travels otherwise than before, as a diagnostic says: none of them may make this call travel as
// before without opening or rerouting another one.
import type { EgressListener } from '../../src/domain/kinds/sidecar.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { KubeObject } from '../support/cluster.ts';
import { excusesIn } from './excuses.ts';
import { expectationOf } from './expectation.ts';
import { fidelityAttempts } from './fidelity-attempts.ts';
import { ROOT_NAMESPACE } from './followed.ts';
import { judgeFidelity, type ExcusedCall } from './judge-fidelity.ts';
import { probeOf, probeRequest, settledWorld } from './judge-world.ts';
import { isCallFor } from './mismatches.ts';
import type { Attempt } from './probes.ts';
import { differencesOf } from './travel.ts';
import { hasWholeRoutes, SHOP, type WorldSpec } from './world-spec.ts';

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

/** An edit of the egress listeners of a Sidecar, and what to remove with it. */
type Change = {
  readonly title: string;
  readonly kind: 'list' | 'listen' | 'remove';
  readonly listeners: (egress: readonly EgressListener[]) => readonly EgressListener[];
  /** Managed ServiceEntries for this host go. */
  readonly unregisters?: string;
};

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
  for (const change of alternatives(singleChanges(excused, world, objects))) {
    const changed = withChange(objects, governing, change);
    const { results } = await judged(changed, [call.attempt]);
    if (results[0] === undefined || !isSame(before, results[0])) continue;
    const after = await judged(changed, attempts);
    const isHarmless = attempts.every((attempt, at) => {
      const [was, is] = [now.results[at], after.results[at]];
      if (was === undefined || is === undefined) throw new Error('a call was not judged');
      const isGranted = grants.some((grant) => isCallFor(grant, attempt));
      return isSame(was, is) || (isGranted ? isSame(before, is) : is.verdict === 'blocked');
    });
    if (isHarmless) return `${excused.codes.join(', ')}: ${change.title}`;
  }
  return undefined;
}

/** Calls to every name that somebody routes or registers, and to names below their wildcards: a listing may open them. */
function callsToOthers(world: WorldSpec, { address, port }: Attempt): readonly Attempt[] {
  const routed = (world.routing ?? []).flatMap(
    ({ spec }) => (spec as { readonly hosts?: readonly string[] }).hosts ?? [],
  );
  const registered = world.serviceEntries.flatMap(({ host, moreHosts = [] }) => [host, ...moreHosts]);
  return [...new Set([...routed, ...registered])].flatMap((host) => {
    const name = host.replace('*', 'another');
    return [...new Set([port, 80])].flatMap((number): Attempt[] => [
      { protocol: 'http', address, port: number, name },
      { protocol: 'tls', address, port: number, name },
    ]);
  });
}

function withChange(
  objects: readonly KubeObject[],
  governing: string,
  { listeners, unregisters }: Change,
): readonly KubeObject[] {
  return objects.flatMap((object) => {
    const { namespace = '', name } = object.metadata;
    if (object.kind === 'ServiceEntry' && name.startsWith('egress-intent') && unregisters !== undefined) {
      const { hosts } = object['spec'] as { readonly hosts: readonly string[] };
      return hosts.includes(unregisters) ? [] : [object];
    }
    if (object.kind !== 'Sidecar' || `${namespace}/${name}` !== governing) return [object];
    const spec = object['spec'] as { readonly egress: readonly EgressListener[] };
    return [{ ...object, spec: { ...spec, egress: listeners(spec.egress) } }];
  });
}

/** Each change alone, and each pair of two kinds. */
const alternatives = (changes: readonly Change[]): readonly Change[] => [
  ...changes,
  ...changes.flatMap((first, at) =>
    changes.slice(at + 1).flatMap((second): Change[] => {
      if (first.kind === second.kind) return [];
      const unregisters = first.unregisters ?? second.unregisters;
      return [
        {
          title: `${first.title}, and ${second.title}`,
          kind: first.kind,
          listeners: (egress) => second.listeners(first.listeners(egress)),
          ...(unregisters === undefined ? {} : { unregisters }),
        },
      ];
    }),
  ),
];

const listed = (egress: readonly EgressListener[], hosts: readonly string[]): readonly EgressListener[] =>
  egress.map((listener) => ({ ...listener, hosts: [...new Set([...listener.hosts, ...hosts])] }));

const PROTOCOLS = ['HTTP', 'TLS', 'TCP', undefined] as const;

/** What could be listed, listened for or left out: for the objects that the diagnostics name, the called name, and the ports of the call. */
function singleChanges(
  { call, codes }: ExcusedCall,
  world: WorldSpec,
  objects: readonly KubeObject[],
): readonly Change[] {
  const { port, name, place } = call.attempt;
  // What a stranger writes is not followed, so that nothing of it may be listed.
  const followed = [...new Set([SHOP, ROOT_NAMESPACE, ...(world.trusted ?? []), ...call.providers])];
  const about = excusesIn(call.diagnostics).filter(({ code }) => codes.includes(code));
  const named = objects.filter(
    ({ metadata: { namespace = '', name: title } }) =>
      followed.includes(namespace) && about.some((each) => each.about === `${namespace}/${title}`),
  );
  const names = [...new Set([name, ...(place === undefined ? [] : [place.host])])].filter(
    (each) => each !== '',
  );
  const hosts = named.flatMap(({ metadata: { namespace = '' }, spec }) => {
    const own = ((spec as { readonly hosts?: readonly string[] }).hosts ?? []).filter((host) =>
      host.includes('.'),
    );
    return [...names, ...own, '*'].map((host) => `${namespace}/${host}`);
  });
  const called = followed.flatMap((namespace) => names.map((host) => `${namespace}/${host}`));
  const ends = about.flatMap(({ kind, about: end }) =>
    kind === 'end' ? followed.map((namespace) => `${namespace}/${end.split(':')[0] ?? ''}`) : [],
  );
  const all = [...new Set([...called, ...hosts, ...ends])];
  return [
    ...all.map((host) => ({
      kind: 'list' as const,
      title: `${host} is listed`,
      listeners: (egress: readonly EgressListener[]) => listed(egress, [host]),
    })),
    ...PROTOCOLS.flatMap((protocol) =>
      ['', ...all].map((host) => ({
        kind: 'listen' as const,
        title: `port ${port} has a listener of protocol ${protocol ?? 'none'} with ${host || 'what is listed'}`,
        listeners: (egress: readonly EgressListener[]) => withListener(egress, port, protocol, host),
      })),
    ),
    ...names.map((host) => ({
      kind: 'remove' as const,
      title: `our ServiceEntry for ${host} is removed`,
      listeners: (egress: readonly EgressListener[]) => egress,
      unregisters: host,
    })),
    {
      kind: 'remove' as const,
      title: 'nothing is excluded',
      listeners: (egress) =>
        egress.map((each) => ({ ...each, hosts: each.hosts.filter((host) => !host.startsWith('~')) })),
    },
  ];
}

/** With the hosts of the listener for the port, or else of that without a port, which keeps those that the port may gain. */
function withListener(
  egress: readonly EgressListener[],
  number: number,
  protocol: (typeof PROTOCOLS)[number],
  host: string,
): readonly EgressListener[] {
  const existing =
    egress.find(({ port }) => port?.number === number) ?? egress.find(({ port }) => port === undefined);
  const hosts = [...new Set([...(existing?.hosts ?? []), ...(host === '' ? [] : [host])])];
  const rest = egress.filter(({ port }) => port?.number !== number);
  const port = { number, name: `p-${number}`, ...(protocol === undefined ? {} : { protocol }) };
  return hosts.length === 0 ? egress : [{ port, hosts }, ...rest];
}
