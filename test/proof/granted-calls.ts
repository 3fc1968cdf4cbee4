// Which calls of a pod are compared with the mesh without our objects: those that are granted, and those that end elsewhere than at what is granted,
// as a route that is followed may lead them.
import { DIAGNOSTICS, type Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import { covers, partsOf } from '../../src/domain/istio/egress-host.ts';
import { labelsKey } from '../../src/domain/labels.ts';
import { isCallOfRange, takesHttp } from './calls-of-ranges.ts';
import { isOfUnusedRegistration, isUnallocated } from './allocated-addresses.ts';
import { OUTSIDE_ADDRESS, serviceEntryPlaces, type Place } from './callable-places.ts';
import { excusesIn } from './excuses.ts';
import { isRefused, isWaived } from './exceptions.ts';
import type { Expectation, Grant } from './expectation.ts';
import { asFollowed, isGranted } from './mismatches.ts';
import {
  asCalled,
  entryText,
  grantsOfRoutedHosts,
  isCallOf,
  names,
  namespacesListed,
  namespacesOf,
  providersOf,
} from './naming-grants.ts';
import type { Attempt } from './probes.ts';
import { endsOf } from './travel.ts';
import type { WorldSpec } from './world-spec.ts';

/** A pod that our Sidecar governs, its calls, and what is said about its intents. */
export type PodCalls = {
  readonly pod: number;
  readonly expected: Expectation;
  readonly attempts: readonly Attempt[];
  /** Of the attempts, in their order, with our objects. */
  readonly results: readonly ProbeResult[];
  readonly diagnostics: readonly Diagnostic[];
  /** The addresses that istiod allocates to the hosts of the ServiceEntries, ours included. */
  readonly allocated: ReadonlySet<string>;
};

export type ComparedCall = {
  readonly pod: number;
  readonly attempt: Attempt;
  readonly after: ProbeResult;
  /** True if the call is granted; otherwise it gets through to an end that is not granted. */
  readonly isGranted: boolean;
  /** The namespaces whose routing it follows as those of providers, in order; none if nothing grants its name. */
  readonly providers: readonly string[];
  /** The namespaces of everything that the pod is granted: a Sidecar imports their routes with their hosts. */
  readonly imported: ReadonlySet<string>;
  /** What the pod may call, as `host:port`. */
  readonly grantedEnds: ReadonlySet<string>;
  /** The entries that grant it, for messages. */
  readonly grantedBy: readonly string[];
  /** About the entries that grant it. */
  readonly diagnostics: readonly Diagnostic[];
  /** True if a diagnostic about a granted range says that it takes HTTP calls for this host. */
  readonly isTakenByRange: boolean;
  /** True if a diagnostic says that the host answers at its own addresses only, and the call is made at another. */
  readonly isElsewhere: boolean;
};

export function callsToCompare(calls: PodCalls, world: WorldSpec): readonly ComparedCall[] {
  const { expected, attempts, diagnostics } = calls;
  const places = attempts.flatMap(({ place }) => place ?? []);
  const stated = [...expected.grants, ...grantsOfRoutedHosts(expected.intents, world)].filter(
    (grant) => !isRefused(grant, diagnostics),
  );
  // Clients also call a host at the addresses of the registration that answers.
  const grants = [...new Set(stated.flatMap((grant) => [grant, asFollowed(grant, diagnostics, places)]))];
  const reachable = grants.filter((grant) => !isUnreachable(grant, diagnostics, expected));
  const imported = new Set([
    ...grants.flatMap((grant) => namespacesOf(grant, world)),
    ...expected.intents.flatMap((intent) => namespacesListed(world.intents[intent]?.allow ?? [])),
  ]);
  const grantedEnds = new Set(
    reachable.flatMap((grant) => (grant.kind === 'place' ? [`${grant.place.host}:${grant.place.port}`] : [])),
  );
  // Each of the registration of one namespace: the addresses of another one's are elsewhere.
  const ownAddresses = new Set(
    serviceEntryPlaces(world)
      .filter(({ address }) => address !== OUTSIDE_ADDRESS)
      .map(({ namespace, name, address }) => `${namespace}/${name} ${address}`),
  );
  return attempts.flatMap((attempt, index): ComparedCall[] => {
    const after = calls.results[index];
    if (after === undefined) throw new Error('a call was not judged');
    const compared = (granting: readonly Grant[], isCallGranted: boolean): ComparedCall => ({
      pod: calls.pod,
      attempt,
      after,
      isGranted: isCallGranted,
      providers: providersOf(granting, attempt, world),
      imported,
      grantedEnds,
      isElsewhere: diagnostics.some(
        (diagnostic) =>
          diagnostic.code === 'HttpAtAddressOnly' &&
          diagnostic.port === attempt.port &&
          covers(partsOf(diagnostic.host).name, attempt.name) &&
          !ownAddresses.has(`${partsOf(diagnostic.host).namespace}/${attempt.name} ${attempt.address}`),
      ),
      isTakenByRange: diagnostics.some((diagnostic) => takesHttp(diagnostic, attempt, after)),
      grantedBy: [...new Set(granting.map((grant) => entryText(grant, world)))],
      diagnostics: diagnostics.filter(({ intent, entry }) =>
        granting.some(
          // Nobody is told about a platform host, only about the entry that brings the route along.
          (grant) => grant.intent < 0 || (intent === `intent-${grant.intent}` && entry === grant.entry),
        ),
      ),
    });
    if (isUnallocated(attempt, calls.allocated)) return [];
    const granting = reachable.filter(
      (grant) =>
        isCallOf(grant, attempt, world) &&
        !isUnreachable(asCalled(grant, attempt), diagnostics, expected) &&
        !isNamedApart(grant, attempt, { grants, world }) &&
        !isCallOfRange(grant, attempt, { grants: reachable, diagnostics, ownAddresses, after }),
    );
    if (granting.length > 0)
      return isOfUnusedRegistration(attempt, places, world) ? [] : [compared(granting, true)];
    if (after.verdict === 'blocked' || endsAreGranted(after, attempt, grants, diagnostics, places)) return [];
    if (grants.some((grant) => names(grant, attempt, { places, world }, diagnostics) && endsAt(grant, after)))
      return [];
    if (isImportedAlong(attempt, { imported, diagnostics }, world)) return [];
    return [
      compared(
        grants.filter((grant) => names(grant, attempt, { places, world }, diagnostics)),
        false,
      ),
    ];
  });
}

/**
 * True for the grant of a wildcard, if a host below it is called that another one names with the port, which decides how it is called, or that nobody
 * else registers where it is called.
 */
function isNamedApart(
  grant: Grant,
  attempt: Attempt,
  { grants, world }: { readonly grants: readonly Grant[]; readonly world: WorldSpec },
): boolean {
  if (asCalled(grant, attempt) === grant) return false;
  const isCalled = ({ host, port }: Place): boolean => host === attempt.place?.host && port === attempt.port;
  return (
    grants.some((other) => other.kind === 'place' && isCalled(other.place)) ||
    !serviceEntryPlaces(world).some((place) => isCalled(place) && place.address === attempt.address)
  );
}

/** True if a diagnostic says that these pods cannot call the port, whichever registration of the host answers. */
function isUnreachable(grant: Grant, diagnostics: readonly Diagnostic[], expected: Expectation): boolean {
  const own = diagnostics.filter(({ code }) => DIAGNOSTICS[code].exception?.kind !== 'foreign');
  return (
    isWaived(grant, own, expected) ||
    own.some(
      (diagnostic) =>
        grant.kind === 'place' &&
        ((diagnostic.code === 'PortNotGranted' &&
          diagnostic.port === grant.place.port &&
          diagnostic.host.endsWith(`/${grant.place.host}`) &&
          labelsKey(diagnostic.selector) === labelsKey(expected.scope)) ||
          (diagnostic.code === 'PortNotFound' &&
            diagnostic.ports.includes(grant.place.port) &&
            diagnostic.intent === `intent-${grant.intent}` &&
            diagnostic.entry === grant.entry)),
    )
  );
}

/** True if the call ends at the host and port of the grant, which a diagnostic says cannot be called. */
const endsAt = (grant: Grant, after: ProbeResult): boolean =>
  grant.kind === 'place' &&
  endsOf(after).every(
    (end) => end.startsWith(`outbound|${grant.place.port}|`) && end.endsWith(`|${grant.place.host}`),
  );

function endsAreGranted(
  after: Extract<ProbeResult, { verdict: 'allowed' }>,
  attempt: Attempt,
  grants: readonly Grant[],
  diagnostics: readonly Diagnostic[],
  places: Parameters<typeof isGranted>[4],
): boolean {
  const ends = after.weighted?.filter(({ why }) => why === undefined) ?? [
    { cluster: after.cluster, type: after.clusterType },
  ];
  return ends.every(({ cluster, type = '' }) =>
    isGranted({ ...after, cluster, clusterType: type }, attempt, grants, diagnostics, places),
  );
}

/**
 * True if a diagnostic names a VirtualService for the called name that the pod imports along with granted hosts of its namespace: no Sidecar can list
 * these without it.
 */
function isImportedAlong(
  { name }: Attempt,
  { imported, diagnostics }: Pick<ComparedCall, 'imported' | 'diagnostics'>,
  { routing = [] }: WorldSpec,
): boolean {
  const opened = diagnostics.flatMap((each) => (each.code === 'RouteOpensHosts' ? each.hosts : []));
  if (opened.some((host) => covers(host, name))) return true;
  const rerouting = new Set(
    excusesIn(diagnostics).flatMap(({ kind, about }) => (kind === 'imported' ? [about] : [])),
  );
  return routing.some((object) => {
    const { hosts = [] } = object['spec'] as { readonly hosts?: readonly string[] };
    const { namespace = '', name: objectName } = object.metadata;
    const title = `${namespace}/${objectName}`;
    return (
      imported.has(namespace) &&
      rerouting.has(title) &&
      hosts.some((host) => host === name || (host.startsWith('*.') && name.endsWith(host.slice(1))))
    );
  });
}
