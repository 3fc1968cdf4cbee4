// Which namespaces istiod looks at: it knows no object of a namespace outside the `discoverySelectors` of its MeshConfig.
import type { Mesh } from '../kinds/mesh-config.ts';
import type { Labels } from '../labels.ts';
import { matchesSelector } from '../label-selector.ts';

/**
 * True if an istiod of the mesh discovers a namespace with these labels. Where they are not known, it counts as discovered. Source:
 * istio/istio pkg/kube/namespace/filter.go, selectorsChanged.
 */
export const isDiscovered = (labels: Labels | undefined, { configs }: Mesh): boolean =>
  labels === undefined ||
  configs.length === 0 ||
  configs.some(
    ({ discoverySelectors }) =>
      discoverySelectors.length === 0 ||
      discoverySelectors.some((selector) => matchesSelector(selector, labels)),
  );
