// Whether the diagnostics about a granted call say that it travels otherwise than without the intents.
import { isDeepStrictEqual } from 'node:util';
import type { ProbeResult } from '../kits/oracle/probe-request.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { KubeObject } from '../support/cluster.ts';
import { excusedObjects, importedAlone, excusesIn, isExcusedEnd, type Excuse } from './excuses.ts';
import { followedNamespaces } from './followed.ts';
import type { ComparedCall } from './granted-calls.ts';
import { probeOf, probeRequest } from './judge-world.ts';
import { canExclude, SHOP, type WorldSpec } from './world-spec.ts';
import { differencesOf, endsOf, isAnswered } from './travel.ts';

export type Setting = {
  readonly world: WorldSpec;
  readonly foreign: readonly KubeObject[];
  readonly oracle: OracleClient;
};

/** Where calls of one setting travel, given these objects of others and none of ours. */
export async function resultsUnder(
  objects: readonly KubeObject[],
  calls: readonly ComparedCall[],
  { world, oracle }: Setting,
): Promise<readonly ProbeResult[]> {
  const { results } = await oracle.judge({
    ...probeRequest(world, objects, []),
    probes: calls.map(({ attempt, pod }) => probeOf(attempt, pod)),
    detail: 'hashes',
  });
  return results;
}

/** True if the call ends where a note about a route says, though nothing is there, and partly perhaps at what is granted. */
export const endsAsNoted = (call: ComparedCall): boolean =>
  endsAt(call, ['RouteFollowed', 'RouteEndReplaced']);

/** The same if a warning says so about a route that is not followed: it is imported along, and acts on every call that Envoy takes for one to the host. */
export const endsAsRerouted = (call: ComparedCall): boolean => endsAt(call, ['VirtualServiceReroutes']);

function endsAt(
  { after, diagnostics, grantedEnds, isGranted }: ComparedCall,
  codes: readonly ('RouteFollowed' | 'RouteEndReplaced' | 'VirtualServiceReroutes')[],
): boolean {
  const noted = new Set(
    diagnostics.flatMap((each) =>
      'destination' in each && codes.some((code) => code === each.code) ? [each.destination] : [],
    ),
  );
  // A call that is not granted opens nothing with a share that has no cluster. One that is granted loses it, which must be told.
  const existing = isGranted
    ? []
    : (after.weighted ?? []).flatMap(({ cluster, why }) => (why === undefined ? [cluster] : []));
  return (existing.length > 0 ? existing : endsOf(after)).every((end) => {
    const [, port = '', , host = ''] = end.split('|');
    return [host, `${host}:${port}`].some((each) => noted.has(each) || grantedEnds.has(each));
  });
}

/** True if the call still ends at the called host, of which a warning says that several ServiceEntries of the namespace register it. */
const usesOtherRegistration = ({ attempt, after, diagnostics }: ComparedCall, before: ProbeResult): boolean =>
  diagnostics.some(
    ({ code, ...each }) => code === 'HostAlsoRegistered' && 'host' in each && each.host === attempt.name,
  ) &&
  isDeepStrictEqual(endsOf(after), endsOf(before)) &&
  endsOf(after).every((end) => end.endsWith(`|${attempt.port}||${attempt.name}`));

const codesOf = (list: readonly Excuse[]): readonly string[] => [...new Set(list.map(({ code }) => code))];

/** The codes of the diagnostics that explain the difference, or none. */
export async function excusingCodes(
  call: ComparedCall,
  before: ProbeResult,
  whole: boolean,
  { followed, ...setting }: Setting & { readonly followed: readonly KubeObject[] },
): Promise<readonly string[]> {
  if (call.isTakenByRange) return ['CidrTakesHost'];
  if (call.isElsewhere) return ['HttpAtAddressOnly'];
  const { trusted = [] } = setting.world;
  const always = followedNamespaces({ caller: SHOP, trusted, providers: [] });
  const excuses = excusesIn(call.diagnostics, { canExclude: canExclude(setting.world) }).filter(
    ({ code, kind, about }) => {
      const [namespace = ''] = about.split('/');
      if (kind === 'imported') return call.imported.has(namespace);
      // A registration of these is followed, whatever entry grants the call.
      return code !== 'RegistrationNotFollowed' || !always.has(namespace);
    },
  );
  if (excuses.length === 0) return [];
  const ends = excuses.filter(({ kind }) => kind === 'end');
  if (isExcusedEnd(before, call.after, ends)) return codesOf(ends);
  if (usesOtherRegistration(call, before)) return ['HostAlsoRegistered'];
  const { protocol, port, name } = call.attempt;
  const asTcp = excuses.filter(({ kind, about }) => kind === 'protocol' && about === `${name}:${port}`);
  if (protocol === 'tls' && asTcp.length > 0) return codesOf(asTcp);
  const objects = excuses.filter(({ kind }) => kind !== 'end');
  if (objects.length === 0) return [];
  // Passed through without a Sidecar: what is imported answers other calls only, and what would answer this one is not followed.
  const isLeftOut =
    objects.some(({ kind, code }) => kind === 'imported' || code === 'RouteNotFollowed') ||
    call.diagnostics.some(
      (each) =>
        each.code === 'RegistrationReplaced' &&
        ((each.wildcard !== undefined &&
          (each.usedInstead === undefined || each.broughtInBy !== undefined)) ||
          each.olderEntry !== undefined),
    );
  for (const [some, registrations] of [
    [objects, 'every'],
    [objects, 'named'],
    ...objects.map((each) => [[each], 'every'] as const),
    [objects.filter(({ kind }) => kind === 'imported'), 'alone'],
  ] as const) {
    // What is imported along may apply only since a route for the very host is not imported.
    const left =
      registrations === 'alone'
        ? importedAlone(followed, setting.foreign, some)
        : excusedObjects(followed, setting.foreign, some, registrations);
    const [without] = await resultsUnder(left, [call], setting);
    if (without === undefined) return [];
    const isSame = differencesOf(without, call.after, { whole }).length === 0;
    const isOurs =
      !isAnswered(without) && (isLeftOut || call.after.verdict === 'allowed' || endsAsNoted(call));
    if (isSame || isOurs || isExcusedEnd(without, call.after, ends)) return codesOf(excuses);
  }
  return [];
}
