// Compares the calls that the oracle allows with those that the intents grant. A difference is a mismatch unless a diagnostic reports it.
import ipaddr from 'ipaddr.js';
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import type { OracleAnswer, ProbeResult } from '../kits/oracle/probe-request.ts';
import type { Compiled } from '../support/compiler.ts';
import { isAbout, isLoose, isRefused, isWaived } from './exceptions.ts';
import type { Expectation, Grant } from './expectation.ts';
import { OUTSIDE_ADDRESS, type Place } from './callable-places.ts';
import { clientAttempts, type Attempt } from './probes.ts';
import { SHOP } from './world-spec.ts';

export type Mismatch = {
  /** The pod, or else the object or the program that the mismatch is about. */
  readonly pod: string;
  /** `more`: a call is allowed that is not granted. `less`: a granted call is blocked. */
  readonly kind: 'more' | 'less' | 'validation' | 'analysis' | 'sidecar' | 'crash';
  readonly what: string;
};

export const describeMismatch = ({ pod, kind, what }: Mismatch): string =>
  `${kind}: ${pod}${pod.startsWith('pod-') ? '' : ':'} ${what}`;

/**
 * The mismatches of one pod. A pod that no intent restricts has none, nor has a pod that a foreign Sidecar governs if the status of each
 * of its intents reports that.
 */
export function mismatchesOf(
  pod: string,
  expected: Expectation,
  attempts: readonly Attempt[],
  { results, proxies }: OracleAnswer,
  index: number,
  { compilation, statuses }: Compiled,
): readonly Mismatch[] {
  if (!expected.restricted) return [];
  const governing = proxies[index]?.sidecar ?? '';
  if (!governing.startsWith(`${SHOP}/egress-intent`)) {
    const isReported = expected.intents.every((intent) => {
      const effective = statuses[`intent-${intent}`]?.conditions?.find(({ type }) => type === 'Effective');
      return effective?.reason === 'Shadowed' || effective?.reason === 'Audit';
    });
    return isReported
      ? []
      : [{ pod, kind: 'sidecar', what: `is governed by ${governing}, and no status reports it` }];
  }
  const diagnostics = compilation.diagnostics.filter(({ intent }) =>
    expected.intents.some((position) => intent === `intent-${position}`),
  );
  const places = attempts.flatMap(({ place }) => place ?? []);
  const grants = expected.grants
    .filter((grant) => !isRefused(grant, diagnostics))
    .map((grant) => asFollowed(grant, diagnostics, places));
  const outcomes = new Map(attempts.map((attempt, at) => [attempt, results[index * attempts.length + at]]));
  const mismatch = (kind: 'more' | 'less', attempt: Attempt, result: ProbeResult | undefined): Mismatch => ({
    pod,
    kind,
    what: `${attempt.protocol} ${attempt.address}:${attempt.port} ${attempt.name}: ${JSON.stringify(result)}`,
  });
  return [...outcomes].flatMap(([attempt, result]) => {
    if (result?.verdict === 'allowed' && !isGranted(result, attempt, grants, diagnostics, places))
      return [mismatch('more', attempt, result)];
    const granting = grants.filter((grant) => isCallFor(grant, attempt));
    if (granting.length === 0 || granting.some((grant) => arrives(grant, attempt, result, places))) return [];
    const isExcepted = granting.every((grant) => isWaived(grant, diagnostics, expected));
    return isExcepted ? [] : [mismatch('less', attempt, result)];
  });
}

/** The grant at the registration that answers for its host without intents, if the very entry says that this one is used. */
export function asFollowed(
  grant: Grant,
  diagnostics: readonly Diagnostic[],
  places: readonly Place[],
): Grant {
  if (grant.kind === 'range') return grant;
  const { host, port } = grant.place;
  const namespaces = new Set(
    diagnostics.flatMap((diagnostic) =>
      diagnostic.code === 'RegistrationFollowed' && diagnostic.host === host && isAbout(grant, diagnostic)
        ? [diagnostic.serviceEntry.split('/')[0]]
        : [],
    ),
  );
  const registered = places.filter(
    (candidate) => candidate.host === host && candidate.port === port && namespaces.has(candidate.namespace),
  );
  // A name that an intent of the namespace lists has a place there too, at no address of its own.
  const place = registered.find(({ address }) => address !== OUTSIDE_ADDRESS) ?? registered[0];
  return place === undefined ? grant : { ...grant, place };
}

/** True if the call is for what is granted, made as clients make it. */
export function isCallFor(grant: Grant, attempt: Attempt): boolean {
  if (grant.kind === 'range')
    return attempt.protocol === 'tcp' && attempt.port === grant.port && isIn(attempt.address, grant.range);
  return clientAttempts(grant.place).some(
    ({ protocol, address, port, name }) =>
      attempt.protocol === protocol &&
      attempt.address === address &&
      attempt.port === port &&
      attempt.name === name,
  );
}

function isIn(address: string, range: string): boolean {
  if (!range.includes('/')) return address === range;
  const parsed = ipaddr.parse(address);
  const [base, length] = ipaddr.parseCIDR(range);
  return parsed.kind() === base.kind() && parsed.match(base, length);
}

type Reached = { readonly host: string; readonly port: number };

/** Parses the name of a cluster, such as `outbound|443||api.example.com`. */
function reachedBy(cluster: string): Reached {
  const [, port = '', , host = ''] = cluster.split('|');
  return { host, port: Number(port) };
}

/** The end of the artificial hosts under which the controller registers ranges. */
const RANGE_SUFFIX = '.egress-intent.internal';

/** A range is reached by its artificial host, or by a host that others register at the called address. */
function covers(grant: Grant, { host, port }: Reached, address: string, places: readonly Place[]): boolean {
  if (grant.kind === 'range') {
    const isRegistered = places.some((place) => place.host === host && place.address === address);
    return (host.endsWith(RANGE_SUFFIX) || isRegistered) && grant.port === port && isIn(address, grant.range);
  }
  const { place } = grant;
  if (place.port !== port) return false;
  return place.host === host || (place.host.startsWith('*.') && host.endsWith(place.host.slice(1)));
}

/** An allowed call must reach a granted host. It may reach an address that the client chooses only if a diagnostic reports that. */
export function isGranted(
  result: Extract<ProbeResult, { verdict: 'allowed' }>,
  attempt: Attempt,
  grants: readonly Grant[],
  diagnostics: readonly Diagnostic[],
  places: readonly Place[],
): boolean {
  const reached = reachedBy(result.cluster);
  const granting = grants.filter((grant) => covers(grant, reached, attempt.address, places));
  if (granting.length === 0) return false;
  if (result.clusterType !== 'ORIGINAL_DST' || granting.some(({ kind }) => kind === 'range')) return true;
  return granting.some(
    (grant) =>
      grant.kind === 'place' &&
      (places.some(
        ({ host, port, address }) =>
          host === reached.host && port === reached.port && address === attempt.address,
      ) ||
        isLoose(grant, diagnostics)),
  );
}

/** True if the call reaches what is granted. A call for a name below a wildcard reaches the wildcard or exactly that name. */
function arrives(
  grant: Grant,
  { name, address }: Attempt,
  result: ProbeResult | undefined,
  places: readonly Place[],
): boolean {
  if (grant.kind === 'place') return arrivesAt(grant.place, name, result);
  return result?.verdict === 'allowed' && covers(grant, reachedBy(result.cluster), address, places);
}

export function arrivesAt({ host, port }: Place, name: string, result: ProbeResult | undefined): boolean {
  if (result?.verdict !== 'allowed') return false;
  const reached = reachedBy(result.cluster);
  return reached.port === port && (reached.host === host || reached.host === name);
}
