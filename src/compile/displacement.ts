// An external host is known to a whole namespace with the ports of everybody, so what a younger intent asks for can change the
// listeners of pods that it is not for, and there displace what was granted before. Such a newcomer is refused.
import type { Diagnostic } from '../domain/egress-intent/diagnostic.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { labelsKey } from '../domain/labels.ts';
import { grantsFor, type PortConflict } from './sidecar/destination.ts';
import { isSameGrant, oldestGrantFirst, oldestIntentFirst, type Grant } from './grants/grant.ts';
import { covers, partsOf } from '../domain/istio/egress-host.ts';
import type { DesiredSidecar } from './compilation.ts';
import type { Scope } from './scopes.ts';
import { type ScopeSidecar, buildScopeSidecar, type Ground } from './sidecar/sidecar.ts';
import { type Registration, registerExternals } from './grants/service-entries.ts';
import type { Sight } from './mesh/visible-routes.ts';
import { createServiceRegistry } from './mesh/service-registry.ts';
import { byNumber } from '../domain/order.ts';

/** Builds one scope as if there were no other grants in the namespace than these. */
type Rebuild = (scope: Scope, grants: readonly Grant[]) => ScopeSidecar;

/**
 * The grants that cost something older, each with a diagnostic. Of everything that is lost we look for the last moment at which
 * it was there, had the grants come one by one in order of age: the one that came next is the newcomer. Refusing it may uncover others, so
 * ask again.
 */
function displacingGrants(
  built: readonly ScopeSidecar[],
  grants: readonly Grant[],
  rebuild: Rebuild,
): ReadonlyMap<Grant, Diagnostic> {
  const refused = new Map<Grant, Diagnostic>();
  const byAge = grants.toSorted(oldestGrantFirst);
  for (const { sidecar, listeners } of built) {
    if (!sidecar.scope.restricted) continue;
    for (const loss of listeners.conflicts) {
      if (loss.reason.kind === 'headless') continue; // which nobody else brought about
      const newcomer = displacingGrant(loss, sidecar.scope, byAge, rebuild);
      if (newcomer) refused.set(newcomer, diagnosticOf(newcomer, loss, sidecar));
    }
  }
  return refused;
}

/** The youngest grant that made the loss; nobody where it has been there since what is lost was granted. */
function displacingGrant(
  { destination, host, port }: PortConflict,
  scope: Scope,
  byAge: readonly Grant[],
  rebuild: Rebuild,
): Grant | undefined {
  const [oldest] = grantsFor(destination, host);
  if (oldest === undefined) return undefined;
  const granted = byAge.findIndex((grant) => isSameGrant(grant, oldest)) + 1;
  const since = Math.max(granted, countBefore(scope, byAge));
  const bearing = bearingOn(scope, byAge);
  const suspects = byAge.slice(since).filter(bearing).toReversed();
  return suspects.find((suspect) => {
    const before = byAge.slice(0, byAge.indexOf(suspect));
    const { conflicts } = rebuild(scope, before).listeners;
    return !conflicts.some((loss) => loss.host === host && loss.port === port);
  });
}

/** Whether a grant can make a difference to a scope: its own, and those that register more of a host that it may call. */
function bearingOn({ intents }: Scope, byAge: readonly Grant[]): (grant: Grant) => boolean {
  const isOwn = ({ intent }: Grant): boolean => intents.includes(intent);
  const own = byAge.filter(isOwn).flatMap(({ targets }) => targets.map(({ host }) => partsOf(host).name));
  return (grant) =>
    isOwn(grant) ||
    grant.externals.some(
      (external) => external.kind === 'host' && own.some((name) => covers(name, external.host)),
    );
}

/**
 * How many grants there were before any pod was closed by the scope: before the first of its intents that closes and, where it has no
 * pods, before one selects by it.
 */
function countBefore({ key, intents, hasPods }: Scope, byAge: readonly Grant[]): number {
  const closer = oldestOf(intents.filter(({ mode }) => mode === 'Enforce'));
  const selecting = hasPods
    ? undefined
    : oldestOf(intents.filter(({ selector }) => labelsKey(selector) === key));
  const firsts = [closer, selecting].filter((first) => first !== undefined);
  return byAge.filter(({ grantedSince }) =>
    firsts.some((first) => oldestIntentFirst(grantedSince, first) <= 0),
  ).length;
}

const oldestOf = (intents: readonly Intent[]): Intent | undefined => intents.toSorted(oldestIntentFirst)[0];

function diagnosticOf(
  { intent, entry, externals, targets }: Grant,
  loss: PortConflict,
  { scope }: DesiredSidecar,
): Diagnostic {
  const [outside] = externals.flatMap((external) => (external.kind === 'host' ? [external] : []));
  return {
    code: 'OlderGrantDisplaced',
    intent: intent.name,
    entry,
    host: outside?.host ?? targets[0]?.host ?? '',
    ...(outside === undefined ? {} : { ports: outside.ports.map(({ port }) => port) }),
    displaced: loss.host,
    port: loss.port,
    of: grantsFor(loss.destination, loss.host)[0]?.intent.name ?? '',
    selector: scope.selector,
  };
}

export type AdmittedGrants = {
  readonly registration: Registration;
  readonly sight: Sight;
  readonly built: readonly ScopeSidecar[];
  readonly refused: readonly Diagnostic[];
};

/** Registers and builds until no newcomer displaces what was granted before; each round refuses at least one, so it ends. */
export function admitGrants(
  scopes: readonly Scope[],
  grants: readonly Grant[],
  ground: Ground,
  before: readonly Diagnostic[] = [],
): AdmittedGrants {
  const { registration, sight, buildScope } = construction(grants, ground);
  const built = scopes.map(buildScope);
  const refused = displacingGrants(built, grants, (scope, some) =>
    construction(some, ground).buildScope(scope),
  );
  if (refused.size === 0) return { registration, sight, built, refused: before };
  const rest = grants.filter((grant) => !refused.has(grant));
  return admitGrants(scopes, rest, ground, [...before, ...refused.values()]);
}

/** Registers what the grants need, and builds scopes of them. */
function construction(grants: readonly Grant[], ground: Ground) {
  const { snapshot, inquiry } = ground;
  const registration = registerExternals(snapshot, grants);
  const registry = createServiceRegistry(snapshot, inquiry, registration.serviceEntries);
  const sight: Sight = { snapshot, registry, configuration: inquiry.istioConfig };
  const byIntent = Map.groupBy(registration.grants, ({ intent }) => intent);
  const ages = new Map(registration.grants.map((grant, age) => [grant, age]));
  const ageOf = (grant: Grant): number => ages.get(grant) ?? 0;
  const buildScope = (scope: Scope): ScopeSidecar => {
    const own = scope.intents.flatMap((intent) => byIntent.get(intent) ?? []);
    return buildScopeSidecar(scope, { grants: own.toSorted(byNumber(ageOf)), ageOf, sight }, ground);
  };
  return { registration, sight, buildScope };
}
