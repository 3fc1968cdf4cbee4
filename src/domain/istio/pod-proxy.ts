// What labels and annotations of a pod say about its proxy: whether it is a gateway, and which calls never reach it.
import type { Labels } from '../labels.ts';
import { proxyConfigIn } from '../mesh-config/proxy-config.ts';

type Annotations = Readonly<Record<string, string>>;

/** Labels of pods that Istio starts for a Gateway, and of those that its older charts install. */
const GATEWAY_LABELS = [
  'gateway.istio.io/managed',
  'gateway.networking.k8s.io/gateway-name',
  'istio.io/gateway-name',
];
const GATEWAY_COMPONENTS: ReadonlySet<string | undefined> = new Set(['IngressGateways', 'EgressGateways']);
const TEMPLATES = 'inject.istio.io/templates';

/**
 * True if the proxy is a gateway or a waypoint, to which Istio applies no Sidecar. Source: istio/istio manifests/charts/gateway and gateways,
 * manifests/charts/istio-control/istio-discovery/files/kube-gateway.yaml and waypoint.yaml; pilot/pkg/model/push_context.go, getSidecarScope.
 */
export const isGateway = (labels: Labels, annotations: Annotations): boolean =>
  GATEWAY_LABELS.some((label) => labels[label] !== undefined) ||
  GATEWAY_COMPONENTS.has(labels['operator.istio.io/component']) ||
  templatesOf(annotations).includes('gateway');

const templatesOf = (annotations: Annotations): readonly string[] =>
  (annotations[TEMPLATES] ?? '').split(',').map((name) => name.trim());

const INTERCEPTION_MODE = 'sidecar.istio.io/interceptionMode';
const PROXY_CONFIG = 'proxy.istio.io/config';

/** True for the value of an annotation with which some calls do not reach the proxy. `mode` is that of the pod, if an annotation sets it. */
type Bypass = (value: string, mode: InterceptionMode) => boolean;

type InterceptionMode = {
  /** The one that decides. */
  readonly annotation: typeof INTERCEPTION_MODE | typeof PROXY_CONFIG | undefined;
  readonly value: string | undefined;
};

function interceptionModeOf(annotations: Annotations): InterceptionMode {
  const own = annotations[INTERCEPTION_MODE];
  if (own !== undefined) return { annotation: INTERCEPTION_MODE, value: own };
  const config = annotations[PROXY_CONFIG];
  const value = config === undefined ? undefined : proxyConfigIn(config)?.interceptionMode;
  return { annotation: value === undefined ? undefined : PROXY_CONFIG, value };
}

const isNotEmpty: Bypass = (value) => value.trim() !== '';

/**
 * Annotations that keep calls from the proxy, in order of key. `includeOutboundPorts` and the virtual interfaces of KubeVirt only add calls to
 * those that reach it. An empty list of ranges captures nothing at all.
 * Source: istio/istio tools/istio-iptables/pkg/capture/run.go, handleOutboundIncludeRules and shortCircuitExcludeInterfaces;
 * manifests/charts/istio-control/istio-discovery/files/injection-template.yaml and grpc-agent.yaml.
 */
const BYPASSES: Readonly<Record<string, Bypass>> = {
  [TEMPLATES]: (value) => templatesOf({ [TEMPLATES]: value }).some((name) => name.startsWith('grpc-')),
  [PROXY_CONFIG]: (_value, { annotation, value }) => annotation === PROXY_CONFIG && value === 'NONE',
  [INTERCEPTION_MODE]: (value) => value === 'NONE',
  'traffic.sidecar.istio.io/excludeInterfaces': isNotEmpty,
  'traffic.sidecar.istio.io/excludeOutboundIPRanges': isNotEmpty,
  'traffic.sidecar.istio.io/excludeOutboundPorts': isNotEmpty,
  'traffic.sidecar.istio.io/includeOutboundIPRanges': (value) => value.trim() !== '*',
};

/** What the annotations of a pod say about the calls that reach its proxy. */
export type Interception = {
  /** The annotations that keep calls from the proxy, each as `key: value`, in order of key. */
  readonly bypasses: readonly string[];
  /** True if an annotation decides whether calls reach the proxy; otherwise MeshConfig does. */
  readonly ownInterception: boolean;
};

/** Source: istio/istio manifests/charts/istio-control/istio-discovery/files/injection-template.yaml. */
export function interceptionOf(annotations: Annotations): Interception {
  const mode = interceptionModeOf(annotations);
  const bypasses = Object.entries(BYPASSES).flatMap(([key, keepsCalls]) => {
    const value = annotations[key];
    return value !== undefined && keepsCalls(value, mode) ? [`${key}: ${JSON.stringify(value)}`] : [];
  });
  return { bypasses, ownInterception: mode.annotation !== undefined };
}
