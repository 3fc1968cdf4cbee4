// Bounds how many ServiceEntries an intent and a namespace may cause, so that one intent cannot fill the API server and every proxy. What stands is
// never taken; past a bound the youngest entries, or ports of them, are refused.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { entryOf, oldestGrantFirst, type Admission, type External, type Grant } from './grants/grant.ts';
import { cidrHost } from './object-names.ts';

type Bounded = Pick<Snapshot, 'settings' | 'serviceEntries' | 'namespace'>;

/** A ServiceEntry that a grant needs. */
type Need = { readonly grant: Grant; readonly external: External };

/** Which bound a ServiceEntry exceeds. */
type Exceeded = Extract<Diagnostic, { readonly code: 'TooManyServiceEntries' }>['bound'];

/** The accepted grants are in the order of the given ones; of a `cidr` entry with several ports, some may be refused. */
export function admitWithinBounds(grants: readonly Grant[], snapshot: Bounded): Admission {
  const { perIntent, perNamespace } = snapshot.settings.maxServiceEntries;
  const most = grants.reduce((sum, { externals }) => sum + externals.length, 0);
  if (most <= Math.min(perIntent, perNamespace)) return { accepted: grants, refused: [] };
  const exceeding = exceedingNeeds(grants, snapshot);
  const refused = Map.groupBy(exceeding.keys(), ({ grant }) => grant);
  return {
    accepted: grants.flatMap((grant) => withoutNeeds(grant, refused.get(grant) ?? [], snapshot)),
    refused: [...refused].flatMap(([grant, needs]): readonly Diagnostic[] => {
      const [first] = needs;
      const bound = first && exceeding.get(first);
      if (bound === undefined) return [];
      const limit = bound === 'intent' ? perIntent : perNamespace;
      const ports = needs.flatMap(({ external }) => (external.kind === 'cidr' ? [external.port] : []));
      const isPart = needs.length < grant.externals.length;
      return [
        { code: 'TooManyServiceEntries', ...entryOf(grant), bound, limit, ...(isPart ? { ports } : {}) },
      ];
    }),
  };
}

/** What stands first, so that it is counted but never refused; then by age. */
function exceedingNeeds(grants: readonly Grant[], snapshot: Bounded): ReadonlyMap<Need, Exceeded> {
  const { perIntent, perNamespace } = snapshot.settings.maxServiceEntries;
  const needs = grants
    .toSorted(oldestGrantFirst)
    .flatMap((grant) => grant.externals.map((external): Need => ({ grant, external })));
  const isStanding = standingIn(snapshot);
  const [standing, others] = [needs.filter(isStanding), needs.filter((need) => !isStanding(need))];
  const ofNamespace = new Set(standing.map(hostOf));
  const ofIntents = new Map<Intent, Set<string>>();
  const ofIntent = ({ grant: { intent } }: Need): Set<string> => {
    const hosts = ofIntents.get(intent) ?? new Set();
    ofIntents.set(intent, hosts);
    return hosts;
  };
  for (const need of standing) ofIntent(need).add(hostOf(need));
  const exceeding = others.filter((need) => {
    const [host, own] = [hostOf(need), ofIntent(need)];
    const isPast =
      (!own.has(host) && own.size >= perIntent) ||
      (!ofNamespace.has(host) && ofNamespace.size >= perNamespace);
    if (isPast) return true;
    own.add(host);
    ofNamespace.add(host);
    return false;
  });
  // By what is accepted in the end, so that the next run, in which all of that stands, says the same.
  return new Map(exceeding.map((need) => [need, ofIntent(need).size >= perIntent ? 'intent' : 'namespace']));
}

/** True for a ServiceEntry of ours that was written for the intent. */
function standingIn({ serviceEntries }: Bounded): (need: Need) => boolean {
  const written = new Set(
    serviceEntries.flatMap(({ managed, hosts, intents }) =>
      managed ? hosts.flatMap((host) => intents.map(({ name }) => `${name}/${host}`)) : [],
    ),
  );
  return (need) => written.has(`${need.grant.intent.name}/${hostOf(need)}`);
}

const hostOf = ({ external }: Pick<Need, 'external'>): string =>
  external.kind === 'host' ? external.host : cidrHost(external.cidr, external.port);

/** The rest of the grant; nothing if its host, or each of its ports, is refused. */
function withoutNeeds(grant: Grant, refused: readonly Need[], { namespace }: Bounded): readonly Grant[] {
  if (refused.length === 0) return [grant];
  const gone = new Set(refused.map(({ external }) => external));
  const externals = grant.externals.filter((external) => !gone.has(external));
  if (externals.length === 0) return [];
  const hosts = new Set(refused.map((need) => `${namespace}/${hostOf(need)}`));
  const ports = new Set(refused.flatMap(({ external }) => (external.kind === 'cidr' ? [external.port] : [])));
  const targets = grant.targets
    .filter(({ host }) => !hosts.has(host))
    .map((target) =>
      target.ports === 'every'
        ? target
        : { ...target, ports: target.ports.filter((port) => !ports.has(port)) },
    )
    .filter((target) => target.ports === 'every' || target.ports.length > 0);
  return [{ ...grant, externals, targets }];
}
