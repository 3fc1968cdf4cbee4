// Builds the Sidecar of one scope from the hosts that it may call.
import type { SidecarSpec } from '../domain/istio.ts';
import { isEmpty, sortedLabels, type Labels } from '../domain/labels.ts';
import { sortedSet } from '../domain/order.ts';

/**
 * Istio's way to say nothing at all. An empty list of hosts is refused by its webhook, and an empty `egress` imports the whole
 * mesh. Source: istio/istio pilot/pkg/model/sidecar.go, and confirmed by running it.
 */
const NOTHING = ['~/*'];

/** The mode is always written, since an absent one means the mesh's own default. */
export function sidecarSpec(selector: Labels, hosts: readonly string[]): SidecarSpec {
  const listed = canonicalHosts(hosts);
  return {
    ...(isEmpty(selector) ? {} : { workloadSelector: { labels: sortedLabels(selector) } }),
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    egress: [{ hosts: listed.length === 0 ? NOTHING : listed }],
  };
}

/** In order, each once, without those that `namespace/*` covers, of which Istio's webhook would warn. */
export function canonicalHosts(hosts: readonly string[]): readonly string[] {
  const whole = new Set(hosts.filter((host) => host.endsWith('/*')));
  return sortedSet(hosts).filter((host) => whole.has(host) || !whole.has(`${host.split('/')[0]}/*`));
}
