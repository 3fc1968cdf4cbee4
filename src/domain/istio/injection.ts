// Whether Istio injects a sidecar proxy into the pods of a template, from the labels of the template and of its namespace.
import type { Labels } from '../labels.ts';
import { REVISION } from './revision.ts';

/** As a label it decides before the annotation of the same name. Source: istio/istio pkg/kube/inject/inject.go, injectRequired. */
export const INJECT = 'sidecar.istio.io/inject';

const NAMESPACE_INJECTION = 'istio-injection';
const DATA_PLANE_MODE = 'istio.io/dataplane-mode';
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Istio injects nothing into their pods. Source: istio/istio pkg/kube/inject/initializer.go, IgnoredNamespaces. */
const IGNORED_NAMESPACES: ReadonlySet<string | undefined> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
]);

/**
 * True if a webhook of Istio selects the pods of a namespace with these labels, where the mesh does not inject by default
 * (`enableNamespacesByDefault` of the chart, which no object that is read here shows). That the named revision runs is taken for granted. Source:
 * istio/istio manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml.
 */
export function isInjectionAsked(pod: Labels, namespace: Labels): boolean {
  if (pod[INJECT] === 'false' || IGNORED_NAMESPACES.has(namespace[NAMESPACE_NAME])) return false;
  const byNamespace = namespace[NAMESPACE_INJECTION];
  if (byNamespace !== undefined) return byNamespace === 'enabled';
  return namespace[REVISION] !== undefined || pod[REVISION] !== undefined || pod[INJECT] === 'true';
}

/** True if nobody has decided about injection, so that the default of the mesh does. */
export const isInjectionOpen = (pod: Labels, namespace: Labels): boolean =>
  [NAMESPACE_INJECTION, REVISION].every((label) => namespace[label] === undefined) &&
  [INJECT, REVISION].every((label) => pod[label] === undefined) &&
  !IGNORED_NAMESPACES.has(namespace[NAMESPACE_NAME]);

/** What the labels of a namespace say of the injection into its pods. `asked`: by a label of the namespace. `open`: nothing. */
export type NamespaceInjection = 'ignored' | 'disabled' | 'asked' | 'open';

export function namespaceInjection(namespace: Labels): NamespaceInjection {
  if (IGNORED_NAMESPACES.has(namespace[NAMESPACE_NAME])) return 'ignored';
  const label = namespace[NAMESPACE_INJECTION];
  if (label !== undefined) return label === 'enabled' ? 'asked' : 'disabled';
  return namespace[REVISION] === undefined ? 'open' : 'asked';
}

/** True if pods without a sidecar proxy are in ambient mode. Source: istio/istio cni/pkg/util/podutil.go, PodRedirectionEnabled. */
export const isAmbient = (pod: Labels, namespace: Labels): boolean =>
  (pod[DATA_PLANE_MODE] ?? namespace[DATA_PLANE_MODE]) === 'ambient';
