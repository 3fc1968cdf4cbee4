// Which namespaces see an object: `exportTo`, the defaults of MeshConfig, and the root namespaces.
import {
  type Mesh,
  DEFAULT_ROOT_NAMESPACE,
  type ExportedKind,
  EVERY_NAMESPACE,
} from '../kinds/mesh-config.ts';
import { sortedSet } from '../order.ts';

/** Namespaces that may see an object: names, or `*` for all, `.` for its own, `~` for none. Empty: the mesh's default. */
export type ExportTo = readonly string[];

/** Whether a namespace can see an object; `byDefault` is what the mesh says of one that says nothing. */
export function isExportedTo(
  { namespace, exportTo }: { readonly namespace: string; readonly exportTo: ExportTo },
  to: string,
  byDefault: ExportTo,
): boolean {
  const targets = exportTo.length === 0 ? byDefault : exportTo;
  return targets.some((target) => target === '*' || target === to || (target === '.' && namespace === to));
}

export const rootNamespacesOf = ({ configs }: Mesh): readonly string[] =>
  configs.length === 0
    ? [DEFAULT_ROOT_NAMESPACE]
    : sortedSet(configs.map(({ rootNamespace }) => rootNamespace));

/** Where policies and filters count for the pods of a namespace: there, and in the root namespaces. Each once, its own first. */
export const namespacesCountingFor = (namespace: string, mesh: Mesh): readonly string[] => [
  ...new Set([namespace, ...rootNamespacesOf(mesh)]),
];

/** Who may see an object of a kind that does not say. While revisions disagree, everybody whom one of them names. */
export const exportToByDefault = ({ configs }: Mesh, kind: ExportedKind): ExportTo =>
  configs.length === 0 ? EVERY_NAMESPACE : configs.flatMap(({ exportTo }) => exportTo[kind]);
