// The compiler: the snapshot of one namespace in, the objects that it should have out. Pure and synchronous.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { InvalidIntent } from '../domain/egress-intent/intent.ts';
import { featureDecisions } from '../domain/features.ts';
import { byEach, byKey, byNumber } from '../domain/order.ts';
import type { Compilation } from './compilation.ts';
import type { DesiredServiceEntry } from './desired.ts';
import { admitGrants } from './admit-grants.ts';
import { grantedHostPorts } from './grants/granted-host-ports.ts';
import { resolveIntent } from './grants/resolve.ts';
import { wildcardDiagnostics } from './grants/service-entries.ts';
import { interferenceDiagnostics } from './interference/interference.ts';
import { meshConfigDiagnostics } from './mesh/mesh-config-diagnostics.ts';
import { platformHostsFor } from './mesh/platform-hosts.ts';
import { isEnforced, rootNamespaceDiagnostics } from './mesh/root-namespace.ts';
import { platformHostDiagnostics } from './interference/platform-hosts.ts';
import { scopesOf, type Scope } from './scopes.ts';
import { sidecarDiagnostics } from './scope-sidecar.ts';

/** Returns what the namespace should have if the cluster is as the snapshot says. The same snapshot always gives the same compilation. */
export function compile(snapshot: Snapshot): Compilation {
  const scopes = scopesOf(snapshot.intents, snapshot.pods, (intent) => isEnforced(intent, snapshot));
  const grantedPorts = grantedHostPorts(snapshot.intents);
  const resolutions = snapshot.intents.map((intent) => resolveIntent(intent, snapshot, grantedPorts));
  const admitted = admitGrants(
    scopes,
    resolutions.flatMap(({ accepted }) => accepted),
    { snapshot, platformHosts: platformHostsFor(snapshot) },
  );
  const { view, sidecars } = admitted;
  const desired = sidecars.map(({ sidecar }) => sidecar);
  const restricting = sidecars.filter(({ sidecar }) => sidecar.scope.restricted);
  return {
    namespace: snapshot.namespace,
    sidecars: desired.filter(({ scope }) => scope.restricted),
    audited: desired.filter(({ scope }) => !scope.restricted),
    serviceEntries: neededEntries(admitted.serviceEntries, scopes),
    diagnostics: inReadingOrder([
      ...snapshot.invalid.map(invalidDiagnostic),
      ...meshConfigDiagnostics(snapshot, admitted.serviceEntries),
      ...rootNamespaceDiagnostics(snapshot),
      ...platformHostDiagnostics(snapshot, admitted.accepted),
      ...resolutions.flatMap(({ refused, notes }) => [...refused, ...notes]),
      ...admitted.refused,
      ...wildcardDiagnostics(admitted.accepted, admitted.serviceEntries, snapshot.settings),
      ...sidecars.flatMap(sidecarDiagnostics),
      ...restricting.flatMap((sidecar) => interferenceDiagnostics(sidecar, view)),
    ]),
    scopeSidecars: sidecars,
    registry: view.registry,
    featureDecisions: featureDecisions(snapshot.settings),
    lookups: snapshot.cluster.lookups(),
  };
}

/** Drops intents that have no part in a restricted scope, and then ServiceEntries without an intent. */
function neededEntries(
  entries: readonly DesiredServiceEntry[],
  scopes: readonly Scope[],
): readonly DesiredServiceEntry[] {
  const inForce = new Set(scopes.filter(({ restricted }) => restricted).flatMap(({ intents }) => intents));
  return entries
    .map((entry) => ({ ...entry, intents: entry.intents.filter((intent) => inForce.has(intent)) }))
    .filter(({ intents }) => intents.length > 0);
}

const invalidDiagnostic = ({ name, problems }: InvalidIntent): Diagnostic => ({
  code: 'InvalidIntent',
  intent: name,
  problems,
});

/** By intent, entry and code, each once: two scopes may give the same diagnostic. */
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
