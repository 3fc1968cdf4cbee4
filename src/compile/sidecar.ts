// Builds the Sidecar of one scope.
import type { EgressListener, SidecarSpec } from '../domain/istio.ts';
import { isEmpty, sortedLabels, type Labels } from '../domain/labels.ts';

/** The mode is always written, since an absent one means the mesh's own default. */
export function sidecarSpec(selector: Labels, egress: readonly EgressListener[]): SidecarSpec {
  return {
    ...(isEmpty(selector) ? {} : { workloadSelector: { labels: sortedLabels(selector) } }),
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    egress,
  };
}
