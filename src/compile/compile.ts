// The compiler: a snapshot of one namespace in, the objects that should stand in it out. Pure and synchronous.
import type { Diagnostic } from '../domain/diagnostic.ts';
import type { Intent, InvalidIntent } from '../domain/intent.ts';
import { lookupKey, type Lookup } from '../domain/lookup.ts';
import type { Compilation, DesiredSidecar, Scope, Snapshot } from '../domain/model.ts';
import { byEach, byKey, byNumber } from '../domain/order.ts';
import { resolve, type Grant } from './resolve.ts';
import { scopesOf } from './scope.ts';
import { register } from './service-entry.ts';
import { sidecarSpec } from './sidecar.ts';

/** Answers: if the observed world were like this, what should stand? The same snapshot always gives the same answer. */
export function compile(snapshot: Snapshot): Compilation {
  const resolutions = snapshot.intents.map((intent) => resolve(intent, snapshot));
  const registration = register(
    snapshot.namespace,
    resolutions.flatMap(({ grants }) => grants),
  );
  const scopes = scopesOf(snapshot.intents, snapshot.pods);
  const inForce = new Set(scopes.filter(({ closed }) => closed).flatMap(({ intents }) => intents));
  const sidecars = sidecarsOf(scopes, registration.grants, snapshot);
  return {
    namespace: snapshot.namespace,
    sidecars: sidecars.filter(({ scope }) => scope.closed),
    audited: sidecars.filter(({ scope }) => !scope.closed),
    serviceEntries: registration.serviceEntries
      .map((entry) => ({ ...entry, intents: entry.intents.filter((intent) => inForce.has(intent)) }))
      .filter(({ intents }) => intents.length > 0),
    diagnostics: [
      ...snapshot.invalid.map(invalidDiagnostic),
      ...resolutions.flatMap(({ diagnostics }) => diagnostics),
      ...registration.diagnostics,
    ].toSorted(inReadingOrder),
    lookups: distinctLookups(resolutions.flatMap(({ lookups }) => lookups)),
  };
}

function sidecarsOf(
  scopes: readonly Scope[],
  grants: readonly Grant[],
  { settings }: Snapshot,
): readonly DesiredSidecar[] {
  const hostsOf = new Map<Intent, readonly string[]>();
  for (const { intent, hosts } of grants) hostsOf.set(intent, [...(hostsOf.get(intent) ?? []), ...hosts]);
  return scopes.map((scope) => {
    const granted = scope.intents.flatMap((intent) => hostsOf.get(intent) ?? []);
    return {
      kind: 'Sidecar',
      scope,
      spec: sidecarSpec(scope.selector, [...settings.platformHosts, ...granted]),
    };
  });
}

const invalidDiagnostic = ({ name, problems }: InvalidIntent): Diagnostic => ({
  code: 'InvalidIntent',
  intent: name,
  problems,
});

const inReadingOrder = byEach<Diagnostic>(
  byKey(({ intent }) => intent),
  byNumber(({ entry = -1 }) => entry),
  byKey(({ code }) => code),
);

function distinctLookups(lookups: readonly Lookup[]): readonly Lookup[] {
  return [...new Map(lookups.map((lookup) => [lookupKey(lookup), lookup])).values()];
}
