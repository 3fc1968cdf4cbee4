// The compiler: a snapshot of one namespace in, the objects that should stand in it out. Pure and synchronous.
import type { Diagnostic } from '../domain/diagnostic.ts';
import { choicesOf, featuresOf } from '../domain/features.ts';
import type { InvalidIntent } from '../domain/intent.ts';
import type { Compilation, Scope, Snapshot } from '../domain/model.ts';
import { byEach, byKey, byNumber } from '../domain/order.ts';
import { grantsOf, type Rank } from './destination.ts';
import type { Grant } from './grant.ts';
import { inquire, type Inquiry } from './inquiry.ts';
import { intrudersOf } from './intruders.ts';
import { listenersOf } from './listener.ts';
import { newcomersToRefuse, type Built } from './newcomers.ts';
import type { Sight } from './override.ts';
import { overridesOn } from './overrides.ts';
import { platformOf, type Platform } from './platform.ts';
import { createRegistry } from './registry.ts';
import { resolve } from './resolve.ts';
import { scopesOf } from './scope.ts';
import { register, type Registration } from './service-entry.ts';
import { sidecarSpec } from './sidecar.ts';
import { destinationsOf } from './wishes.ts';

/** Answers: if the observed world were like this, what should stand? The same snapshot always gives the same answer. */
export function compile(snapshot: Snapshot): Compilation {
  const inquiry = inquire(snapshot.cluster);
  const scopes = scopesOf(snapshot.intents, snapshot.pods);
  const resolutions = snapshot.intents.map((intent) => resolve(intent, snapshot, inquiry));
  const grants = resolutions.flatMap((resolution) => resolution.grants);
  const ground = { snapshot, inquiry, platform: platformOf(snapshot, inquiry) };
  const { registration, sight, built, refused } = settle(scopes, grants, ground);
  const inForce = new Set(scopes.filter(({ closed }) => closed).flatMap(({ intents }) => intents));
  const sidecars = built.map(({ sidecar }) => sidecar);
  return {
    namespace: snapshot.namespace,
    sidecars: sidecars.filter(({ scope }) => scope.closed),
    audited: sidecars.filter(({ scope }) => !scope.closed),
    serviceEntries: registration.serviceEntries
      .map((entry) => ({ ...entry, intents: entry.intents.filter((intent) => inForce.has(intent)) }))
      .filter(({ intents }) => intents.length > 0),
    diagnostics: inReadingOrder([
      ...snapshot.invalid.map(invalidDiagnostic),
      ...resolutions.flatMap(({ diagnostics }) => diagnostics),
      ...registration.diagnostics,
      ...refused,
      ...built.flatMap(listenerDiagnostics),
      ...built.flatMap((one) => (one.sidecar.scope.closed ? overridesOn(one, sight) : [])),
    ]),
    choices: choicesOf(snapshot.settings),
    lookups: inquiry.lookups(),
  };
}

/** What does not change while grants come and go. */
type Ground = { readonly snapshot: Snapshot; readonly inquiry: Inquiry; readonly platform: Platform };

type Settled = {
  readonly registration: Registration;
  readonly sight: Sight;
  readonly built: readonly Built[];
  readonly refused: readonly Diagnostic[];
};

/** Registers and builds until no newcomer displaces what was granted before; each round refuses at least one, so it ends. */
function settle(
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

/** The grants of a scope, the oldest first, and how old each is. */
type Granted = {
  readonly grants: readonly Grant[];
  readonly ageOf: (grant: Grant) => number;
  readonly sight: Sight;
};

function build(
  scope: Scope,
  { grants, ageOf, sight }: Granted,
  { snapshot: { settings }, platform: platformFor }: Ground,
): Built {
  /** A platform host is older than any grant. */
  const rank: Rank = (destination, listed) => {
    const [oldest] = grantsOf(destination, listed);
    return oldest === undefined || destination.grants.length === 0 ? -1 : ageOf(oldest);
  };
  const platform = platformFor(scope);
  const hosts = [...settings.platformHosts, ...platform.map(({ host }) => host)];
  const features = featuresOf(settings.istioVersion);
  const destinations = destinationsOf(hosts, grants, sight.registry);
  const { virtualServices: keptOut, exclusions } = intrudersOf(destinations, sight, features);
  const listeners = listenersOf(destinations, sight.registry, features, rank, exclusions);
  const spec = sidecarSpec(scope.selector, listeners.egress);
  return { listeners, destinations, keptOut, sidecar: { kind: 'Sidecar', scope, spec, platform } };
}

/** What one Sidecar could not say, told to each entry that asked for it. */
function listenerDiagnostics({ sidecar, listeners }: Built): readonly Diagnostic[] {
  const { selector } = sidecar.scope;
  return [
    ...listeners.losses.flatMap(({ destination, host, port, because }) =>
      grantsOf(destination, host).map((grant): Diagnostic => ({
        code: 'PortNotGranted',
        ...sourceOf(grant),
        host,
        port,
        selector,
        because,
      })),
    ),
    ...listeners.spoofable.flatMap(({ destination, host }) =>
      destination.grants.map((grant): Diagnostic => ({
        code: 'ClientChoosesAddress',
        ...sourceOf(grant),
        destination: host,
      })),
    ),
  ];
}

const sourceOf = ({ intent, entry }: Grant): Pick<Diagnostic, 'intent'> & { readonly entry: number } => ({
  intent: intent.name,
  entry,
});

const invalidDiagnostic = ({ name, problems }: InvalidIntent): Diagnostic => ({
  code: 'InvalidIntent',
  intent: name,
  problems,
});

/** By intent and entry, each once: two scopes may have the same to say. */
function inReadingOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const distinct = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  const order = byEach<readonly [string, Diagnostic]>(
    byKey(([, { intent }]) => intent),
    byNumber(([, { entry = -1 }]) => entry),
    byKey(([, { code }]) => code),
    byKey(([text]) => text),
  );
  return [...distinct].toSorted(order).map(([, diagnostic]) => diagnostic);
}
