// Which namespaces can see an object, by its `exportTo` and the defaults of MeshConfig; and which namespaces' policies apply to a namespace.
import type { ExportedKind, Mesh } from '../kinds/mesh-config.ts';
import type { ExportTo } from '../kinds/metadata.ts';
import { reachOfEntries } from '../kinds/service-entry-visibility.ts';
import type { Labels } from '../labels.ts';
import { DEFAULT_ROOT_NAMESPACE, EVERY_NAMESPACE } from '../mesh-config/mesh-config-message.ts';
import { sortedSet } from '../order.ts';

/** True if the namespace `to` can see the object. `byDefault` applies to an object without `exportTo`. */
export function isExportedTo(
  { namespace, exportTo }: { readonly namespace: string; readonly exportTo: ExportTo },
  to: string,
  byDefault: ExportTo,
): boolean {
  const targets = exportTo.length === 0 ? byDefault : exportTo;
  return targets.some((target) => target === '*' || target === to || (target === '.' && namespace === to));
}

/**
 * True if the namespace `to` can see a ServiceEntry of a namespace with these labels, by an istiod of the mesh. The mesh's owner can narrow
 * `exportTo`, never widen it. Source: istio/istio pilot/pkg/model/push_context.go, serviceExportTo.
 */
export function isEntryExportedTo(
  entry: { readonly namespace: string; readonly exportTo: ExportTo },
  to: string,
  { configs }: Mesh,
  labels: Labels | undefined,
): boolean {
  if (configs.length === 0) return isExportedTo(entry, to, EVERY_NAMESPACE);
  return configs.some(({ exportTo, serviceEntryVisibility }) => {
    const reach = reachOfEntries(serviceEntryVisibility, labels);
    const isReached = reach === 'everywhere' || (reach === 'own-namespace' && to === entry.namespace);
    return isReached && isExportedTo(entry, to, exportTo.Service);
  });
}

/** Several while revisions of the mesh differ. Without a MeshConfig, each that istiod uses by default. */
export const rootNamespacesOf = ({
  configs,
  istioNamespace = DEFAULT_ROOT_NAMESPACE,
}: Mesh): readonly string[] =>
  configs.length === 0
    ? sortedSet([DEFAULT_ROOT_NAMESPACE, istioNamespace])
    : sortedSet(configs.map(({ rootNamespace }) => rootNamespace));

/**
 * True for a namespace whose Sidecars without a selector govern the pods of every namespace. Source: istio/istio
 * pilot/pkg/model/push_context.go, initSidecarScopes.
 */
export const isRootNamespace = (namespace: string, mesh: Mesh): boolean =>
  rootNamespacesOf(mesh).includes(namespace);

/** True also for a namespace that may be one, as far as is known of a MeshConfig that cannot be read. */
export const mayBeRootNamespace = (namespace: string, mesh: Mesh): boolean =>
  isRootNamespace(namespace, mesh) ||
  mesh.configs.some(({ possibleRootNamespaces = [] }) => possibleRootNamespaces.includes(namespace));

/** The namespaces whose policies and EnvoyFilters apply to the pods of a namespace: itself, then the root namespaces. Each once. */
export const namespacesCountingFor = (namespace: string, mesh: Mesh): readonly string[] => [
  ...new Set([namespace, ...rootNamespacesOf(mesh)]),
];

/** The `exportTo` of objects of a kind that have none. Where revisions of the mesh differ, the namespaces of all their defaults. */
export const exportToByDefault = ({ configs }: Mesh, kind: ExportedKind): ExportTo =>
  configs.length === 0 ? EVERY_NAMESPACE : configs.flatMap(({ exportTo }) => exportTo[kind]);
