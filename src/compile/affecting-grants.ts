// Which grants can change the listeners of a scope: its own, and those that register what it can call.
import type { Remembering } from '../cluster/memo/memo.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { partsOf, wildcardsAbove } from '../domain/istio/egress-host.ts';
import { oldestGrantFirst, type External, type Grant } from './grants/grant.ts';
import type { PlatformHosts } from './mesh/platform-hosts.ts';
import type { Scope } from './scopes.ts';

type Known = {
  readonly snapshot: Snapshot;
  readonly platformHosts: PlatformHosts;
  /** By the name of their intent. */
  readonly grantsOf: (intent: string) => readonly Grant[];
};

/** The oldest first. `accepted` are all grants that are in force. */
export function affectingGrants(
  accepted: readonly Grant[],
  { grouped }: Remembering,
  known: Known,
): (scope: Scope) => readonly Grant[] {
  const registering = grouped('grants registering a host', accepted, namesOf);
  return (scope) => {
    const own = scope.intents.flatMap(({ name }) => known.grantsOf(name));
    const names = new Set(calledNames(scope, own, known));
    const intents = new Set([...names].flatMap(registering).map(({ intent }) => intent));
    for (const intent of scope.intents) intents.delete(intent);
    const others = [...intents]
      .flatMap(({ name }) => known.grantsOf(name))
      .filter((grant) => namesOf(grant).some((name) => names.has(name)));
    return withoutRepeated([...own, ...others].toSorted(oldestGrantFirst), scope);
  };
}

/** What a grant registers, and the wildcards by which that is called too. */
const namesOf = ({ externals }: Grant): readonly string[] =>
  externals.length === 0
    ? NOTHING
    : [...new Set(externals.flatMap(({ host }) => [host, ...wildcardsAbove(host), '*']))];

const NOTHING: readonly never[] = [];

/** The names in the namespace itself that the listeners of the scope may list. */
const calledNames = (
  scope: Scope,
  grants: readonly Grant[],
  { snapshot: { namespace, settings }, platformHosts }: Known,
): readonly string[] =>
  [
    ...settings.platformHosts,
    ...[...platformHosts(scope), ...grants.flatMap(({ targets }) => targets)].map(({ host }) => host),
  ]
    .map(partsOf)
    .flatMap((parts) => (parts.namespace === namespace ? parts.name : []));

/** Without grants of other scopes that register only what an older one registers too. */
function withoutRepeated(grants: readonly Grant[], { intents }: Scope): readonly Grant[] {
  const own = new Set(intents);
  const registered = new Set<string>();
  return grants.filter(({ intent, externals }) => {
    const ports = externals.flatMap(portsOf);
    const isRepeated = ports.every((port) => registered.has(port));
    for (const port of ports) registered.add(port);
    return own.has(intent) || !isRepeated;
  });
}

const portsOf = (external: External): readonly string[] =>
  external.kind === 'host'
    ? external.ports.map(({ port }) => `${external.host} ${port}`)
    : [`${external.host} ${external.port}`];
