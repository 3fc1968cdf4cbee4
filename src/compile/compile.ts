// The compiler: the snapshot of one namespace in, the objects that it should have out. Pure and synchronous.
import { deriveEach } from '../cluster/memo/derive-each.ts';
import type { Remembering } from '../cluster/memo/memo.ts';
import { namespaceOf, partsOf } from '../domain/istio/egress-host.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { InvalidIntent } from '../domain/egress-intent/intent.ts';
import { featureDecisions } from '../domain/features.ts';
import { once } from '../domain/once.ts';
import { byEach, byKey, byNumber } from '../domain/order.ts';
import type { Compilation } from './compilation.ts';
import type { DesiredServiceEntry } from './desired.ts';
import { admitGrants, type AdmittedGrants } from './admit-grants.ts';
import { oldestNamespaceDefault } from './grants/from-host.ts';
import { rememberedHostPorts } from './grants/granted-host-ports.ts';
import { resolveIntent, type Resolution } from './grants/resolve.ts';
import { wildcardDiagnostics } from './grants/service-entries.ts';
import { heldEntries } from './held-entries.ts';
import { displacedSidecarDiagnostics } from './interference/displaced-sidecars.ts';
import { interferenceDiagnostics } from './interference/interference.ts';
import { meshConfigDiagnostics } from './mesh/mesh-config-diagnostics.ts';
import { platformHostsFor } from './mesh/platform-hosts.ts';
import { isEnforced, rootNamespaceDiagnostics } from './mesh/root-namespace.ts';
import { platformHostDiagnostics } from './interference/unlisted-platform-hosts.ts';
import { rememberedScopes, type Scope } from './scopes.ts';
import { admitWithinBounds } from './service-entry-bounds.ts';
import { sidecarDiagnostics } from './scope-sidecar.ts';

/** Returns what the namespace should have if the cluster is as the snapshot says. The same snapshot always gives the same compilation. */
export function compile(snapshot: Snapshot): Compilation {
  const { run } = snapshot;
  const scopes = rememberedScopes(snapshot, (intent) => isEnforced(intent, snapshot));
  const resolutions = resolutionsOf(snapshot);
  const bounded = admitWithinBounds(
    resolutions.flatMap(({ accepted }) => accepted),
    snapshot,
  );
  const admitted = admitGrants(scopes, bounded.accepted, {
    snapshot,
    platformHosts: platformHostsFor(snapshot),
    held: heldEntries(snapshot),
  });
  const { view, sidecars } = admitted;
  const desired = sidecars.map(({ sidecar }) => sidecar);
  return {
    namespace: snapshot.namespace,
    sidecars: desired.filter(({ scope }) => scope.restricted),
    audited: desired.filter(({ scope }) => !scope.restricted),
    serviceEntries: neededEntries(admitted.serviceEntries, scopes, run),
    diagnostics: inReadingOrder([...bounded.refused, ...diagnosticsOf(snapshot, resolutions, admitted)], run),
    scopeSidecars: sidecars,
    registry: view.registry,
    featureDecisions: featureDecisions(snapshot.settings),
    lookups: snapshot.cluster.lookups(),
  };
}

function resolutionsOf(snapshot: Snapshot): readonly Resolution[] {
  const { run, intents } = snapshot;
  const grantedPorts = rememberedHostPorts(intents, run);
  // Before the entries that depend on it, so that a change of any other intent does not concern them.
  oldestNamespaceDefault(snapshot);
  return deriveEach(run, 'resolution', intents, {
    key: ({ name }) => name,
    compute: (intent) => resolveIntent(intent, snapshot, grantedPorts),
  });
}

function diagnosticsOf(
  snapshot: Snapshot,
  resolutions: readonly Resolution[],
  { accepted, refused, serviceEntries, sidecars, view, remembering }: AdmittedGrants,
): readonly Diagnostic[] {
  const ofScopes = deriveEach(remembering, 'diagnostics of a scope', sidecars, {
    key: ({ sidecar }) => sidecar.scope.key,
    compute: (built) => [
      ...sidecarDiagnostics(built, view),
      ...(built.sidecar.scope.restricted ? interferenceDiagnostics(built, view) : []),
    ],
  });
  return withoutReplaced([
    ...snapshot.invalid.map(invalidDiagnostic),
    ...unknownPauses(snapshot),
    ...meshConfigDiagnostics(snapshot, serviceEntries),
    ...rootNamespaceDiagnostics(snapshot),
    ...platformHostDiagnostics(snapshot, accepted),
    ...displacedSidecarDiagnostics(
      snapshot,
      sidecars.map(({ sidecar }) => sidecar),
    ),
    ...resolutions.flatMap((resolution) => [...resolution.refused, ...resolution.notes]),
    ...refused,
    ...wildcardDiagnostics(accepted, serviceEntries, snapshot.settings),
    ...ofScopes.flat(),
  ]);
}

/** Without notes that a registration is followed which the pods of some scope cannot use, since that of another namespace stays in its place. */
function withoutReplaced(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const replaced = new Set(
    diagnostics.flatMap((each) => {
      if (each.code === 'RegistrationReplaced') return [registrationKey(each, each.serviceEntry)];
      if (each.code !== 'PortNotGranted' || each.reason.kind !== 'duplicateHost') return [];
      return [registrationKey({ ...each, host: partsOf(each.host).name }, namespaceOf(each.host))];
    }),
  );
  if (replaced.size === 0) return diagnostics;
  return diagnostics.filter(
    (each) =>
      each.code !== 'RegistrationFollowed' ||
      ![each.serviceEntry, namespaceOf(each.serviceEntry)].some((by) =>
        replaced.has(registrationKey(each, by)),
      ),
  );
}

/** `by` is the ServiceEntry that registers the host, or its namespace. */
const registrationKey = (
  {
    intent,
    entry,
    host,
  }: { readonly intent: string; readonly entry?: number | undefined; readonly host: string },
  by: string,
): string => JSON.stringify([intent, entry, host, by]);

/** Drops intents that have no part in a restricted scope, and then ServiceEntries without an intent. */
function neededEntries(
  entries: readonly DesiredServiceEntry[],
  scopes: readonly Scope[],
  { derive }: Remembering,
): readonly DesiredServiceEntry[] {
  const inForce = once(
    () => new Set(scopes.filter(({ restricted }) => restricted).flatMap(({ intents }) => intents)),
  );
  return entries
    .map((entry) => {
      const intents = entry.intents.filter((intent) => inForce().has(intent));
      if (intents.length === entry.intents.length) return entry;
      return derive('needed ServiceEntry', entry.name, [entry, ...intents], () => ({ ...entry, intents }));
    })
    .filter(({ intents }) => intents.length > 0);
}

const invalidDiagnostic = ({ name, problems }: InvalidIntent): Diagnostic => ({
  code: 'InvalidIntent',
  intent: name,
  problems,
});

/** An annotation for a pause that pauses nothing, because nobody knows what its value means. */
const unknownPauses = ({ namespace, unknownPause, intents, invalid }: Snapshot): readonly Diagnostic[] =>
  [...intents, ...invalid].flatMap(({ name, unknownPause: value }): readonly Diagnostic[] => [
    ...(value === undefined ? [] : [{ code: 'PauseUnknown', intent: name, value } as const]),
    ...(unknownPause === undefined
      ? []
      : [{ code: 'PauseUnknown', intent: name, value: unknownPause, namespace } as const]),
  ]);

/** By intent, entry and code, each once: two scopes may give the same diagnostic. */
function inReadingOrder(diagnostics: readonly Diagnostic[], { derive }: Remembering): readonly Diagnostic[] {
  const byIntent = Map.groupBy(diagnostics, ({ intent }) => intent);
  return [...byIntent]
    .toSorted(byKey(([intent]) => intent))
    .flatMap(([intent, found]) => derive('diagnostics in order', intent, found, () => inOrder(found)));
}

/** Those of one intent. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const distinct = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  const order = byEach<readonly [string, Diagnostic]>(
    byNumber(([, { entry = -1 }]) => entry),
    byKey(([, { code }]) => code),
    byKey(([text]) => text),
  );
  return [...distinct].toSorted(order).map(([, diagnostic]) => diagnostic);
}
