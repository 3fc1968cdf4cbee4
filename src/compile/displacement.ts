// An external host is known to a whole namespace with the ports of everybody, so what a younger intent asks for can change the
// listeners of pods that it is not for, and there displace what was granted before. Such a newcomer is refused.
import type { Diagnostic } from '../domain/egress-intent/diagnostic.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { labelsKey } from '../domain/labels.ts';
import { grantsOf, type Loss } from './sidecar/destination.ts';
import { isSameGrant, oldestFirst, oldestIntentFirst, type Grant } from './grants/grant.ts';
import { covers, partsOf } from '../domain/istio/egress-host.ts';
import type { DesiredSidecar } from './compilation.ts';
import type { Scope } from './scopes.ts';
import { type Built, build, type Ground } from './sidecar/sidecar.ts';
import { type Registration, register } from './grants/service-entries.ts';
import type { Sight } from './mesh/visible-routes.ts';
import { createRegistry } from './mesh/service-registry.ts';
import { byNumber } from '../domain/order.ts';

/** Builds one scope as if there were no other grants in the namespace than these. */
type Rebuild = (scope: Scope, grants: readonly Grant[]) => Built;

/**
 * The grants that cost something older, each with a diagnostic. Of everything that is lost we look for the last moment at which
 * it was there, had the grants come one by one in order of age: the one that came next is the newcomer. Refusing it may uncover others, so
 * ask again.
 */
function newcomersToRefuse(
  built: readonly Built[],
  grants: readonly Grant[],
  rebuild: Rebuild,
): ReadonlyMap<Grant, Diagnostic> {
  const refused = new Map<Grant, Diagnostic>();
  const byAge = grants.toSorted(oldestFirst);
  for (const { sidecar, listeners } of built) {
    if (!sidecar.scope.closed) continue;
    for (const loss of listeners.losses) {
      if (loss.because.kind === 'endpoints') continue; // which nobody else brought about
      const newcomer = newcomerBehind(loss, sidecar.scope, byAge, rebuild);
      if (newcomer) refused.set(newcomer, diagnosticOf(newcomer, loss, sidecar));
    }
  }
  return refused;
}

/** The youngest grant that made the loss; nobody where it has been there since what is lost was granted. */
function newcomerBehind(
  { destination, host, port }: Loss,
  scope: Scope,
  byAge: readonly Grant[],
  rebuild: Rebuild,
): Grant | undefined {
  const [oldest] = grantsOf(destination, host);
  if (oldest === undefined) return undefined;
  const granted = byAge.findIndex((grant) => isSameGrant(grant, oldest)) + 1;
  const since = Math.max(granted, countBefore(scope, byAge));
  const bearing = bearingOn(scope, byAge);
  const suspects = byAge.slice(since).filter(bearing).toReversed();
  return suspects.find((suspect) => {
    const before = byAge.slice(0, byAge.indexOf(suspect));
    const { losses } = rebuild(scope, before).listeners;
    return !losses.some((loss) => loss.host === host && loss.port === port);
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
  return byAge.filter(({ since }) => firsts.some((first) => oldestIntentFirst(since, first) <= 0)).length;
}

const oldestOf = (intents: readonly Intent[]): Intent | undefined => intents.toSorted(oldestIntentFirst)[0];

function diagnosticOf(
  { intent, entry, externals, targets }: Grant,
  loss: Loss,
  { scope }: DesiredSidecar,
): Diagnostic {
  const [outside] = externals.flatMap((external) => (external.kind === 'host' ? [external] : []));
  return {
    code: 'WouldDisplace',
    intent: intent.name,
    entry,
    host: outside?.host ?? targets[0]?.host ?? '',
    ...(outside === undefined ? {} : { ports: outside.ports.map(({ port }) => port) }),
    displaced: loss.host,
    port: loss.port,
    of: grantsOf(loss.destination, loss.host)[0]?.intent.name ?? '',
    selector: scope.selector,
  };
}

export type Settled = {
  readonly registration: Registration;
  readonly sight: Sight;
  readonly built: readonly Built[];
  readonly refused: readonly Diagnostic[];
};

/** Registers and builds until no newcomer displaces what was granted before; each round refuses at least one, so it ends. */
export function settle(
  scopes: readonly Scope[],
  grants: readonly Grant[],
  ground: Ground,
  before: readonly Diagnostic[] = [],
): Settled {
  const { registration, sight, buildScope } = construction(grants, ground);
  const built = scopes.map(buildScope);
  const refused = newcomersToRefuse(built, grants, (scope, some) =>
    construction(some, ground).buildScope(scope),
  );
  if (refused.size === 0) return { registration, sight, built, refused: before };
  const rest = grants.filter((grant) => !refused.has(grant));
  return settle(scopes, rest, ground, [...before, ...refused.values()]);
}

/** Registers what the grants need, and builds scopes of them. */
function construction(grants: readonly Grant[], ground: Ground) {
  const { snapshot, inquiry } = ground;
  const registration = register(snapshot, grants);
  const registry = createRegistry(snapshot, inquiry, registration.serviceEntries);
  const sight: Sight = { snapshot, registry, configuration: inquiry.configuration };
  const byIntent = Map.groupBy(registration.grants, ({ intent }) => intent);
  const ages = new Map(registration.grants.map((grant, age) => [grant, age]));
  const ageOf = (grant: Grant): number => ages.get(grant) ?? 0;
  const buildScope = (scope: Scope): Built => {
    const own = scope.intents.flatMap((intent) => byIntent.get(intent) ?? []);
    return build(scope, { grants: own.toSorted(byNumber(ageOf)), ageOf, sight }, ground);
  };
  return { registration, sight, buildScope };
}
