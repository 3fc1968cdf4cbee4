// The compiler: a snapshot of one namespace in, the objects that should stand in it out. Pure and synchronous.
import type { Diagnostic } from '../domain/diagnostic.ts';
import { featuresOf } from '../domain/features.ts';
import type { InvalidIntent } from '../domain/intent.ts';
import type { Compilation, DesiredSidecar, Scope, Snapshot } from '../domain/model.ts';
import { byEach, byKey, byNumber } from '../domain/order.ts';
import { destinationsOf, type Destination } from './destination.ts';
import { oldestFirst, type Grant } from './grant.ts';
import { inquire } from './inquiry.ts';
import { listenersOf, type Listeners } from './listener.ts';
import { createRegistry, type Registry } from './registry.ts';
import { resolve } from './resolve.ts';
import { scopesOf } from './scope.ts';
import { register } from './service-entry.ts';
import { sidecarSpec } from './sidecar.ts';

/** Answers: if the observed world were like this, what should stand? The same snapshot always gives the same answer. */
export function compile(snapshot: Snapshot): Compilation {
  const inquiry = inquire(snapshot.cluster);
  const resolutions = snapshot.intents.map((intent) => resolve(intent, snapshot, inquiry));
  const registration = register(
    snapshot,
    resolutions.flatMap(({ grants }) => grants),
  );
  const scopes = scopesOf(snapshot.intents, snapshot.pods);
  const inForce = new Set(scopes.filter(({ closed }) => closed).flatMap(({ intents }) => intents));
  const serviceEntries = registration.serviceEntries
    .map((entry) => ({ ...entry, intents: entry.intents.filter((intent) => inForce.has(intent)) }))
    .filter(({ intents }) => intents.length > 0);
  const registry = createRegistry(snapshot, inquiry, registration.serviceEntries);
  const grantsOf = Map.groupBy(registration.grants, ({ intent }) => intent);
  const built = scopes.map((scope) => {
    const granted = scope.intents.flatMap((intent) => grantsOf.get(intent) ?? []);
    return build(scope, granted, registry, snapshot);
  });
  return {
    namespace: snapshot.namespace,
    sidecars: built.filter(({ scope }) => scope.closed).map(({ sidecar }) => sidecar),
    audited: built.filter(({ scope }) => !scope.closed).map(({ sidecar }) => sidecar),
    serviceEntries,
    diagnostics: inReadingOrder([
      ...snapshot.invalid.map(invalidDiagnostic),
      ...resolutions.flatMap(({ diagnostics }) => diagnostics),
      ...registration.diagnostics,
      ...built.flatMap(listenerDiagnostics),
    ]),
    lookups: inquiry.lookups(),
  };
}

type Built = { readonly scope: Scope; readonly sidecar: DesiredSidecar; readonly listeners: Listeners };

function build(scope: Scope, grants: readonly Grant[], registry: Registry, { settings }: Snapshot): Built {
  const ages = new Map(grants.toSorted(oldestFirst).map((grant, age) => [grant, age]));
  /** A platform host is older than any grant. */
  const rank = ({ grants: [oldest] }: Destination): number =>
    oldest === undefined ? -1 : (ages.get(oldest) ?? 0);
  const listeners = listenersOf(
    destinationsOf(settings.platformHosts, grants, registry),
    registry,
    featuresOf(settings.istioVersion),
    rank,
  );
  const spec = sidecarSpec(scope.selector, listeners.egress);
  return { scope, listeners, sidecar: { kind: 'Sidecar', scope, spec } };
}

/** What one Sidecar could not say, told to each entry that asked for it. */
function listenerDiagnostics({ scope: { selector }, listeners }: Built): readonly Diagnostic[] {
  return [
    ...listeners.losses.flatMap(({ destination, host, port, because }) =>
      destination.grants.map((grant): Diagnostic => ({
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
