// Bounds how many ServiceEntries an intent and a namespace may cause, so that one intent cannot fill the API server and every proxy. What stands is
// never taken; past a bound the youngest entries, or ports of them, are refused.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { egressHost } from '../domain/istio/egress-host.ts';
import { entryOf, oldestGrantFirst, type Admission, type External, type Grant } from './grants/grant.ts';

type Bounded = Pick<Snapshot, 'settings' | 'serviceEntries' | 'namespace' | 'run'>;

/** What of a grant is past a bound, and past which. */
type Excess = {
  readonly externals: readonly External[];
  readonly bound: Extract<Diagnostic, { readonly code: 'TooManyServiceEntries' }>['bound'];
};

/** The accepted grants are in the order of the given ones; of a `cidr` entry with several ports, some may be refused. */
export function admitWithinBounds(grants: readonly Grant[], snapshot: Bounded): Admission {
  const { perIntent, perNamespace } = snapshot.settings.maxServiceEntries;
  const most = grants.reduce((sum, { externals }) => sum + externals.length, 0);
  if (most <= Math.min(perIntent, perNamespace)) return { accepted: grants, refused: [] };
  return snapshot.run.derive('within bounds', '', grants, () => withinBounds(grants, snapshot));
}

function withinBounds(grants: readonly Grant[], snapshot: Bounded): Admission {
  const { perIntent, perNamespace } = snapshot.settings.maxServiceEntries;
  const excess = excessOf(grants, snapshot);
  return {
    accepted: admittedOf(grants, excess, snapshot),
    refused: [...excess].map(([grant, { externals, bound }]): Diagnostic => {
      const limit = bound === 'intent' ? perIntent : perNamespace;
      const isPart = externals.length < grant.externals.length;
      return {
        code: 'TooManyServiceEntries',
        ...entryOf(grant),
        bound,
        limit,
        ...(isPart ? { ports: portsOf(externals) } : {}),
      };
    }),
  };
}

/** What stands is counted first, so that it is never refused; then by age. */
function excessOf(grants: readonly Grant[], snapshot: Bounded): ReadonlyMap<Grant, Excess> {
  const { perIntent, perNamespace } = snapshot.settings.maxServiceEntries;
  const { ofIntent, ofNamespace } = standingHosts(grants, snapshot);
  const past = new Map<Grant, readonly External[]>();
  for (const grant of grants.toSorted(oldestGrantFirst)) {
    const own = ofIntent(grant.intent);
    const externals = grant.externals.filter(({ host }) => {
      const isPast =
        (!own.has(host) && own.size >= perIntent) ||
        (!ofNamespace.has(host) && ofNamespace.size >= perNamespace);
      if (isPast) return true;
      own.add(host);
      ofNamespace.add(host);
      return false;
    });
    if (externals.length > 0) past.set(grant, externals);
  }
  // By what is accepted in the end, so that the next run, in which all of that stands, says the same.
  const boundOf = ({ intent }: Grant) => (ofIntent(intent).size >= perIntent ? 'intent' : 'namespace');
  return new Map([...past].map(([grant, externals]) => [grant, { externals, bound: boundOf(grant) }]));
}

/** The granted hosts of which a ServiceEntry of ours was written for the intent: sets to which more are added. */
function standingHosts(grants: readonly Grant[], { serviceEntries }: Bounded) {
  const written = new Map<string, Set<string>>();
  for (const { managed, hosts, intents } of serviceEntries) {
    if (!managed) continue;
    for (const { name } of intents) {
      const known = written.get(name) ?? new Set();
      written.set(name, known);
      for (const host of hosts) known.add(host);
    }
  }
  const ofNamespace = new Set<string>();
  const ofIntents = new Map<Intent, Set<string>>();
  for (const { intent, externals } of grants) {
    const own = ofIntents.get(intent) ?? new Set();
    ofIntents.set(intent, own);
    for (const { host } of externals) {
      if (written.get(intent.name)?.has(host) !== true) continue;
      own.add(host);
      ofNamespace.add(host);
    }
  }
  return { ofNamespace, ofIntent: (intent: Intent) => ofIntents.get(intent) ?? new Set<string>() };
}

/** What remains of each grant is the very grant of the run before, where the same of it is refused. */
function admittedOf(
  grants: readonly Grant[],
  excess: ReadonlyMap<Grant, Excess>,
  snapshot: Bounded,
): readonly Grant[] {
  const { derive } = snapshot.run;
  const positions = new Map<Intent, number>();
  return grants.flatMap((grant) => {
    const position = (positions.get(grant.intent) ?? -1) + 1;
    positions.set(grant.intent, position);
    const externals = excess.get(grant)?.externals;
    if (externals === undefined) return grant;
    const from = [snapshot.namespace, grant, ...externals];
    return derive('rest of a grant', `${grant.intent.name}/${position}`, from, () =>
      withoutExternals(grant, externals, snapshot),
    );
  });
}

/** The rest of the grant; nothing if its host, or each of its ports, is refused. */
function withoutExternals(
  grant: Grant,
  refused: readonly External[],
  { namespace }: Bounded,
): readonly Grant[] {
  const gone = new Set(refused);
  const externals = grant.externals.filter((external) => !gone.has(external));
  if (externals.length === 0) return [];
  const hosts = new Set(refused.map(({ host }) => egressHost({ namespace, host })));
  const ports = new Set(portsOf(refused));
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

/** Of ranges. */
const portsOf = (externals: readonly External[]): readonly number[] =>
  externals.flatMap((external) => (external.kind === 'cidr' ? [external.port] : []));
