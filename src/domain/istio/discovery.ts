// Which namespaces istiod looks at: it knows no object of a namespace outside the `discoverySelectors` of its MeshConfig.
import type { Mesh } from '../kinds/mesh-config.ts';
import type { Labels } from '../labels.ts';
import { matchesSelector } from '../selectors/label-selector.ts';

/** True if no namespace is ignored, whatever its labels. */
export const discoversAll = ({ configs }: Mesh): boolean =>
  configs.length === 0 || configs.some(({ discoverySelectors }) => discoverySelectors.length === 0);

/**
 * True if an istiod of the mesh discovers a namespace with these labels. Where they are not known, it counts as discovered. Source:
 * istio/istio pkg/kube/namespace/filter.go, selectorsChanged.
 */
export const isDiscovered = (labels: Labels | undefined, mesh: Mesh): boolean =>
  labels === undefined ||
  discoversAll(mesh) ||
  mesh.configs.some(({ discoverySelectors }) =>
    discoverySelectors.some((selector) => matchesSelector(selector, labels)),
  );
