// The compiler: a snapshot of one namespace in, the objects that should stand in it out. Pure and synchronous.
import type { Diagnostic } from '../domain/egress-intent/diagnostic.ts';
import { featureDecisions } from '../domain/features.ts';
import type { InvalidIntent } from '../domain/egress-intent/intent.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { byEach, byKey, byNumber } from '../domain/order.ts';
import type { Compilation } from './compilation.ts';
import { recordLookups } from '../cluster/lookup-recorder.ts';
import { scopesOf } from './scopes.ts';
import { resolveIntent } from './grants/resolve.ts';
import { platformHostsFor } from './mesh/platform-hosts.ts';
import { admitGrants } from './displacement.ts';
import { sidecarDiagnostics } from './sidecar/sidecar.ts';
import { interferenceDiagnostics } from './interference/interference.ts';

/** Answers: if the observed world were like this, what should stand? The same snapshot always gives the same answer. */
export function compile(snapshot: Snapshot): Compilation {
  const inquiry = recordLookups(snapshot.cluster);
  const scopes = scopesOf(snapshot.intents, snapshot.pods);
  const resolutions = snapshot.intents.map((intent) => resolveIntent(intent, snapshot, inquiry));
  const grants = resolutions.flatMap((resolution) => resolution.grants);
  const ground = { snapshot, inquiry, platform: platformHostsFor(snapshot, inquiry) };
  const { registration, sight, built, refused } = admitGrants(scopes, grants, ground);
  const inForce = new Set(scopes.filter(({ restricted }) => restricted).flatMap(({ intents }) => intents));
  const sidecars = built.map(({ sidecar }) => sidecar);
  return {
    namespace: snapshot.namespace,
    sidecars: sidecars.filter(({ scope }) => scope.restricted),
    audited: sidecars.filter(({ scope }) => !scope.restricted),
    serviceEntries: registration.serviceEntries
      .map((entry) => ({ ...entry, intents: entry.intents.filter((intent) => inForce.has(intent)) }))
      .filter(({ intents }) => intents.length > 0),
    diagnostics: inReadingOrder([
      ...snapshot.invalid.map(invalidDiagnostic),
      ...resolutions.flatMap(({ diagnostics }) => diagnostics),
      ...registration.diagnostics,
      ...refused,
      ...built.flatMap(sidecarDiagnostics),
      ...built.flatMap((one) => (one.sidecar.scope.restricted ? interferenceDiagnostics(one, sight) : [])),
    ]),
    featureDecisions: featureDecisions(snapshot.settings),
    lookups: inquiry.lookups(),
  };
}

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
