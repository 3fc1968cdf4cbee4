// What MeshConfig does to every intent of a namespace: it cannot be read, or it hides the ServiceEntries that intents need.
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { DesiredServiceEntry } from '../desired.ts';
import { featuresOf } from '../../domain/features.ts';
import { isEntryExportedTo } from '../../domain/istio/visibility.ts';
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';

/** `written` are the ServiceEntries that the controller writes. */
export const meshConfigDiagnostics = (
  snapshot: Snapshot,
  written: readonly DesiredServiceEntry[],
): readonly Diagnostic[] => [
  ...unreadableDiagnostics(snapshot),
  ...hiddenEntryDiagnostics(snapshot, written),
];

const unreadableDiagnostics = ({ mesh, intents }: Snapshot): readonly Diagnostic[] =>
  mesh.configs.flatMap(({ namespace, name, unreadable }) =>
    unreadable === undefined
      ? []
      : intents.map((intent): Diagnostic => ({
          code: 'MeshConfigUnreadable',
          intent: intent.name,
          configMap: `${namespace}/${name}`,
          ...unreadable,
        })),
  );

/** Only where every istiod of the mesh hides them: before Istio 1.31 none does. */
function hiddenEntryDiagnostics(
  snapshot: Snapshot,
  written: readonly DesiredServiceEntry[],
): readonly Diagnostic[] {
  const { mesh, intents, namespace, settings, cluster } = snapshot;
  const [config] = mesh.configs;
  if (config === undefined || !featuresOf(settings.istioVersion).serviceEntryVisibility) return [];
  if (mesh.configs.every(({ serviceEntryVisibility }) => serviceEntryVisibility === undefined)) return [];
  const labels = cluster.namespaceLabels(namespace);
  if (isEntryExportedTo({ namespace, exportTo: ['.'] }, namespace, mesh, labels)) return [];
  const hosts = new Set<string>(written.flatMap(({ spec }) => spec.hosts));
  const configMap = `${config.namespace}/${config.name}`;
  return intents.flatMap(({ name, allow }) =>
    allow.flatMap((entry, index): readonly Diagnostic[] => {
      if (entry.kind !== 'host' && entry.kind !== 'cidr') return [];
      if (entry.kind === 'host' && !hosts.has(entry.host)) return [];
      const host = entry.kind === 'host' ? entry.host : entry.cidr;
      return [{ code: 'ServiceEntriesHidden', intent: name, entry: index, host, configMap }];
    }),
  );
}
