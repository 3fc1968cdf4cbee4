// The table of watched kinds. A further kind is its parser in domain/kinds, its type and its row here, and one line of the role in
// deploy/controller.yaml: stores, watches, the CLI's reading of files, and what a change wakes all follow from the row. For the
// compiler to read it, add a question to cluster-reader.ts and its answer to stores.ts.
import { API, PLURAL } from '../domain/api-group.ts';
import { parseIntent, type Intent, type InvalidIntent } from '../domain/egress-intent/intent.ts';
import { parseAuthorizationPolicy, type AuthorizationPolicy } from '../domain/kinds/authorization-policy.ts';
import {
  INTENT_DEFINITION,
  parseCustomResourceDefinition,
  type CustomResourceDefinition,
} from '../domain/kinds/custom-resource-definition.ts';
import { parseDestinationRule, type DestinationRule } from '../domain/kinds/destination-rule.ts';
import { parseEnvoyFilter, type EnvoyFilter } from '../domain/kinds/envoy-filter.ts';
import type { GatewayRoute } from '../domain/kinds/gateway-route.ts';
import { ISTIO_API_VERSION } from '../domain/kinds/manifest.ts';
import {
  isIstiod,
  parseMeshConfig,
  standInForMeshConfig,
  type MeshConfig,
} from '../domain/kinds/mesh-config.ts';
import { parseNamespace, type Namespace } from '../domain/kinds/namespace.ts';
import {
  parseHostNetworkPod,
  parsePod,
  UNFINISHED,
  type HostNetworkPod,
  type Pod,
} from '../domain/kinds/pod.ts';
import {
  parseRequestAuthentication,
  type RequestAuthentication,
} from '../domain/kinds/request-authentication.ts';
import { parseServiceEntry, type LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import { parseService, type Service } from '../domain/kinds/service.ts';
import { parseSidecar, type LiveSidecar } from '../domain/kinds/sidecar.ts';
import { parseTelemetry, type Telemetry } from '../domain/kinds/telemetry.ts';
import { parseVirtualService, type VirtualService } from '../domain/kinds/virtual-service.ts';
import { blocksOf } from '../domain/network.ts';
import { lookupNames, wildcardsAbove } from '../domain/istio/egress-host.ts';
import { GATEWAY_ROUTES } from './gateway-route-kinds.ts';
import type { Affected, Kind } from './kind.ts';
import type { Lookup } from './lookup.ts';

/** What is kept of an object of each kind. */
export type WatchedObjects = {
  readonly CustomResourceDefinition: CustomResourceDefinition;
  readonly EgressIntent: Intent | InvalidIntent;
  readonly Sidecar: LiveSidecar;
  readonly ServiceEntry: LiveServiceEntry;
  readonly Service: Service;
  readonly Namespace: Namespace;
  readonly Pod: Pod;
  /** Which pods use the network of their node. Empty where pods are read from files, which say it themselves. */
  readonly HostNetworkPod: HostNetworkPod;
  /** Only those that hold a MeshConfig. */
  readonly ConfigMap: MeshConfig;
  readonly VirtualService: VirtualService;
  readonly DestinationRule: DestinationRule;
  readonly EnvoyFilter: EnvoyFilter;
  readonly Telemetry: Telemetry;
  readonly AuthorizationPolicy: AuthorizationPolicy;
  readonly RequestAuthentication: RequestAuthentication;
  readonly HTTPRoute: GatewayRoute;
  readonly GRPCRoute: GatewayRoute;
  readonly TLSRoute: GatewayRoute;
  readonly TCPRoute: GatewayRoute;
};

export type WatchedKind = keyof WatchedObjects;

const MESH_LOOKUP: readonly Lookup[] = [{ kind: 'Mesh' }];

const ownNamespace = ({ namespace }: { readonly namespace: string }): Affected => ({
  namespace,
  lookups: [],
});

const istioConfig = ({ namespace }: { readonly namespace: string }): Affected => ({
  lookups: [{ kind: 'IstioConfig', namespace }],
});

/** In the order of WatchedObjects. Kinds with `istioConfig` are only read: a mesh may be installed without some of them. */
export const KINDS: { readonly [K in WatchedKind]: Kind<WatchedObjects[K]> } = {
  CustomResourceDefinition: {
    apiVersion: 'apiextensions.k8s.io/v1',
    plural: 'customresourcedefinitions',
    metadataOnly: true,
    parse: parseCustomResourceDefinition,
    affects: ({ name }) => ({ lookups: name === INTENT_DEFINITION ? MESH_LOOKUP : [] }),
  },
  EgressIntent: { apiVersion: API, plural: PLURAL, parse: parseIntent, affects: ownNamespace },
  Sidecar: {
    apiVersion: ISTIO_API_VERSION,
    plural: 'sidecars',
    parse: parseSidecar,
    affects: ownNamespace,
  },
  ServiceEntry: {
    apiVersion: ISTIO_API_VERSION,
    plural: 'serviceentries',
    parse: parseServiceEntry,
    affects: ({ namespace, hosts }) => ({
      namespace,
      lookups: [
        ...hosts.map((host): Lookup => ({ kind: 'ServiceEntry', namespace, host })),
        ...hosts.flatMap(lookupNames).map((host): Lookup => ({ kind: 'ServiceEntryAnywhere', host })),
        ...hosts.flatMap(wildcardsAbove).map((host): Lookup => ({ kind: 'ServiceEntryBelow', host })),
        { kind: 'Registrations', namespace },
      ],
    }),
  },
  Service: {
    apiVersion: 'v1',
    plural: 'services',
    parse: parseService,
    affects: ({ namespace, name, clusterIps }) => ({
      lookups: [
        { kind: 'Service', namespace, name },
        { kind: 'Registrations', namespace },
        ...clusterIps.flatMap(blocksOf).map((block): Lookup => ({ kind: 'ClusterIps', block })),
      ],
    }),
  },
  Namespace: {
    apiVersion: 'v1',
    plural: 'namespaces',
    metadataOnly: true,
    parse: parseNamespace,
    // Whether istiod discovers a namespace decides about its own intents too.
    affects: ({ name }) => ({ namespace: name, lookups: [{ kind: 'Namespace', name }] }),
  },
  Pod: {
    apiVersion: 'v1',
    plural: 'pods',
    metadataOnly: true,
    fieldSelector: UNFINISHED,
    parse: parsePod,
    affects: (pod) => ({
      namespace: pod.namespace,
      lookups: isIstiod(pod.labels) ? MESH_LOOKUP : [],
    }),
  },
  HostNetworkPod: {
    apiVersion: 'v1',
    plural: 'pods',
    metadataOnly: true,
    fieldSelector: `spec.hostNetwork=true,${UNFINISHED}`,
    parse: parseHostNetworkPod,
    affects: ownNamespace,
  },
  ConfigMap: {
    apiVersion: 'v1',
    plural: 'configmaps',
    istioNamespaceOnly: true,
    parse: parseMeshConfig,
    standIn: standInForMeshConfig,
    affects: () => ({ lookups: MESH_LOOKUP }),
  },
  VirtualService: {
    apiVersion: ISTIO_API_VERSION,
    plural: 'virtualservices',
    optional: true,
    parse: parseVirtualService,
    affects: ({ namespace, hosts }) => ({
      lookups: [
        { kind: 'IstioConfig', namespace },
        ...hosts.flatMap(lookupNames).map((host): Lookup => ({ kind: 'VirtualServiceAnywhere', host })),
        ...hosts.flatMap(wildcardsAbove).map((host): Lookup => ({ kind: 'VirtualServiceBelow', host })),
      ],
    }),
  },
  DestinationRule: {
    apiVersion: ISTIO_API_VERSION,
    plural: 'destinationrules',
    optional: true,
    parse: parseDestinationRule,
    affects: istioConfig,
  },
  EnvoyFilter: {
    apiVersion: 'networking.istio.io/v1alpha3',
    plural: 'envoyfilters',
    optional: true,
    parse: parseEnvoyFilter,
    affects: istioConfig,
  },
  Telemetry: {
    apiVersion: 'telemetry.istio.io/v1',
    plural: 'telemetries',
    optional: true,
    parse: parseTelemetry,
    affects: istioConfig,
  },
  AuthorizationPolicy: {
    apiVersion: 'security.istio.io/v1',
    plural: 'authorizationpolicies',
    optional: true,
    parse: parseAuthorizationPolicy,
    affects: istioConfig,
  },
  RequestAuthentication: {
    apiVersion: 'security.istio.io/v1',
    plural: 'requestauthentications',
    optional: true,
    parse: parseRequestAuthentication,
    affects: istioConfig,
  },
  ...GATEWAY_ROUTES,
};

export const isWatchedKind = (name: string): name is WatchedKind => Object.hasOwn(KINDS, name);

export const WATCHED_KINDS: readonly WatchedKind[] = Object.keys(KINDS).filter(isWatchedKind);
