// Where what istiod's code lets through differs from what is granted, and no diagnostic names that very difference.
import ipaddr from 'ipaddr.js';
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import type { OracleAnswer, ProbeResult } from '../kits/oracle/probe-request.ts';
import type { Compiled } from '../support/compiler.ts';
import { isLoose, isRefused, isWaived } from './exceptions.ts';
import type { Expectation, Grant } from './expectation.ts';
import type { Place } from './callable-places.ts';
import { properAttempts, type Attempt } from './probes.ts';
import { OWN } from './world-spec.ts';

export type Mismatch = {
  /** Or the object, or the compiler, that it is about. */
  readonly pod: string;
  readonly kind: 'more' | 'less' | 'validation' | 'analysis' | 'sidecar' | 'crash';
  readonly what: string;
};

/** The faults of one pod; none of a pod that nothing closes, or that somebody else governs and our status says so. */
export function mismatchesOf(
  pod: string,
  expected: Expectation,
  attempts: readonly Attempt[],
  { results, proxies }: OracleAnswer,
  index: number,
  { compilation, statuses }: Compiled,
): readonly Mismatch[] {
  if (!expected.closed) return [];
  const governing = proxies[index]?.sidecar ?? '';
  if (!governing.startsWith(`${OWN}/egress-intent`)) {
    const told = expected.intents.every((intent) => {
      const effective = statuses[`intent-${intent}`]?.conditions?.find(({ type }) => type === 'Effective');
      return effective?.reason === 'Shadowed' || effective?.reason === 'Audit';
    });
    return told ? [] : [{ pod, kind: 'sidecar', what: `is governed by ${governing}, and nobody is told` }];
  }
  const own = compilation.diagnostics.filter(({ intent }) =>
    expected.intents.some((one) => intent === `intent-${one}`),
  );
  const grants = expected.grants.filter((grant) => !isRefused(grant, own));
  const places = attempts.flatMap(({ place }) => place ?? []);
  const verdicts = new Map(attempts.map((attempt, at) => [attempt, results[index * attempts.length + at]]));
  const fault = (kind: 'more' | 'less', attempt: Attempt, verdict: ProbeResult | undefined): Mismatch => ({
    pod,
    kind,
    what: `${attempt.protocol} ${attempt.address}:${attempt.port} ${attempt.name}: ${JSON.stringify(verdict)}`,
  });
  return [...verdicts].flatMap(([attempt, verdict]) => {
    if (verdict?.verdict === 'allowed' && !isGranted(verdict, attempt, grants, own, places))
      return [fault('more', attempt, verdict)];
    const wanted = grants.filter((grant) => isMeant(grant, attempt));
    if (wanted.length === 0 || wanted.some((grant) => arrives(grant, attempt, verdict))) return [];
    return wanted.every((grant) => isWaived(grant, own, expected)) ? [] : [fault('less', attempt, verdict)];
  });
}

/** Whether the call is one that the grant is for, made as it is meant to be made. */
export function isMeant(grant: Grant, attempt: Attempt): boolean {
  if (grant.kind === 'range')
    return attempt.protocol === 'tcp' && attempt.port === grant.port && isIn(attempt.address, grant.range);
  return properAttempts(grant.place).some(
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

/** `outbound|443||api.example.com` */
function reachedBy(cluster: string): Reached {
  const [, port = '', , host = ''] = cluster.split('|');
  return { host, port: Number(port) };
}

const RANGE = '.egress-intent.internal';

function covers(grant: Grant, { host, port }: Reached, address: string): boolean {
  if (grant.kind === 'range')
    return host.endsWith(RANGE) && grant.port === port && isIn(address, grant.range);
  const { place } = grant;
  if (place.port !== port) return false;
  return place.host === host || (place.host.startsWith('*.') && host.endsWith(place.host.slice(1)));
}

/** Allowed calls must end where a grant says, and at no address of the client's choice but where a diagnostic says so. */
function isGranted(
  verdict: Extract<ProbeResult, { verdict: 'allowed' }>,
  attempt: Attempt,
  grants: readonly Grant[],
  diagnostics: readonly Diagnostic[],
  places: readonly Place[],
): boolean {
  const reached = reachedBy(verdict.cluster);
  const holders = grants.filter((grant) => covers(grant, reached, attempt.address));
  if (holders.length === 0) return false;
  if (verdict.clusterType !== 'ORIGINAL_DST' || reached.host.endsWith(RANGE)) return true;
  return holders.some(
    (grant) =>
      grant.kind === 'place' &&
      (places.some(
        ({ host, port, address }) =>
          host === reached.host && port === reached.port && address === attempt.address,
      ) ||
        isLoose(grant, diagnostics)),
  );
}

/** A call for a name below a wildcard may end at the wildcard or at that very name, and at no other name below it. */
function arrives(grant: Grant, { name }: Attempt, verdict: ProbeResult | undefined): boolean {
  if (grant.kind === 'place') return arrivesAt(grant.place, name, verdict);
  if (verdict?.verdict !== 'allowed') return false;
  const reached = reachedBy(verdict.cluster);
  return reached.host.endsWith(RANGE) && reached.port === grant.port;
}

export function arrivesAt({ host, port }: Place, name: string, verdict: ProbeResult | undefined): boolean {
  if (verdict?.verdict !== 'allowed') return false;
  const reached = reachedBy(verdict.cluster);
  return reached.port === port && (reached.host === host || reached.host === name);
}
