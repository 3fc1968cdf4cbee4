// Keeps the stores of the world equal to what the API server holds: a reflector for each kind.
import { z } from 'zod';
import { API, PLURAL } from '../domain/api-group.ts';
import { parseService } from '../domain/kinds/service.ts';
import { parseIntent } from '../domain/egress-intent/intent.ts';
import { parseMeshConfig } from '../domain/kinds/mesh-config.ts';
import { parseTelemetry } from '../domain/kinds/telemetry.ts';
import { parseVirtualService } from '../domain/kinds/virtual-service.ts';
import type { ApiError } from '../kubernetes/api-error.ts';
import type { WatchedResource } from '../kubernetes/list-watch.ts';
import { startReflector, type Reflector } from '../kubernetes/reflector.ts';
import type { Store } from '../cluster/store.ts';
import type { Transport } from '../kubernetes/transport.ts';
import type { ChangedObject } from './route.ts';
import type { Stores, WatchedKind, ClusterStores } from '../cluster/stores.ts';
import { parsePod } from '../domain/kinds/pod.ts';
import { ISTIO_API_VERSION } from '../domain/kinds/manifest.ts';
import { parseServiceEntry } from '../domain/kinds/service-entry.ts';
import { parseSidecar } from '../domain/kinds/sidecar.ts';
import { parseAuthorizationPolicy } from '../domain/kinds/authorization-policy.ts';
import { parseRequestAuthentication } from '../domain/kinds/request-authentication.ts';
import { parseDestinationRule } from '../domain/kinds/destination-rule.ts';
import { parseEnvoyFilter } from '../domain/kinds/envoy-filter.ts';

type WatchOptions = {
  readonly transport: Transport;
  /** Where istiod runs and its MeshConfig is. */
  readonly istioNamespace: string;
  /** Hears of each object that a change touches, as it was and as it is. */
  readonly onChange: (touched: ChangedObject) => void;
  readonly onWatchError: (kind: WatchedKind, error: ApiError) => void;
};

export type Watches = {
  /** Resolves once every store holds all that there is. */
  readonly synced: Promise<unknown>;
  /** Ends every watch. */
  readonly stop: () => Promise<void>;
};

/** Keeps the stores equal to what the API server holds, until it is stopped. */
export function watchCluster({ stores }: ClusterStores, options: WatchOptions): Watches {
  const stopping = new AbortController();
  const reflectors = startReflectors(stores, options, stopping.signal);
  return {
    synced: Promise.all(reflectors.map(({ synced }) => synced)),
    stop: async () => {
      stopping.abort();
      await Promise.all(reflectors.map(({ done }) => done));
    },
  };
}

/** A kind with the resource that it is read from, what is kept of it, and whom a change of it touches. */
type WatchedSource<T> = {
  readonly kind: WatchedKind;
  readonly store: Store<T>;
  readonly resource: WatchedResource;
  readonly parse: (raw: unknown) => T | undefined;
  readonly changed: (object: T) => ChangedObject;
};

function startReflectors(
  stores: Stores,
  { transport, istioNamespace, onChange, onWatchError }: WatchOptions,
  signal: AbortSignal,
): readonly Reflector[] {
  const reflect = <T>({ kind, store, resource, parse, changed }: WatchedSource<T>): Reflector => {
    store.subscribe(({ before, after }) => {
      if (before !== undefined) onChange(changed(before));
      if (after !== undefined) onChange(changed(after));
    });
    const onError = (error: ApiError): void => onWatchError(kind, error);
    return startReflector({ transport, resource, store, parse, onError, signal });
  };
  return [
    ...reflectOurs(stores, reflect),
    ...reflectCluster(stores, istioNamespace, reflect),
    ...reflectConfiguration(stores, reflect),
  ];
}

type Reflect = <T>(source: WatchedSource<T>) => Reflector;

const istio = (plural: string): WatchedResource => ({ apiVersion: ISTIO_API_VERSION, plural });
const AUTHORIZATION: WatchedResource = {
  apiVersion: 'security.istio.io/v1',
  plural: 'authorizationpolicies',
};
const AUTHENTICATION: WatchedResource = {
  apiVersion: 'security.istio.io/v1',
  plural: 'requestauthentications',
};
const TELEMETRIES: WatchedResource = { apiVersion: 'telemetry.istio.io/v1', plural: 'telemetries' };
const ENVOY_FILTERS: WatchedResource = { apiVersion: 'networking.istio.io/v1alpha3', plural: 'envoyfilters' };

/** Our own kind, and those that we write. */
const reflectOurs = (stores: Stores, reflect: Reflect): readonly Reflector[] => [
  reflect({
    kind: 'EgressIntent',
    store: stores.EgressIntent,
    resource: { apiVersion: API, plural: PLURAL },
    parse: parseIntent,
    changed: (object) => ({ kind: 'EgressIntent', object }),
  }),
  reflect({
    kind: 'Sidecar',
    store: stores.Sidecar,
    resource: istio('sidecars'),
    parse: parseSidecar,
    changed: (object) => ({ kind: 'Sidecar', object }),
  }),
  reflect({
    kind: 'ServiceEntry',
    store: stores.ServiceEntry,
    resource: istio('serviceentries'),
    parse: parseServiceEntry,
    changed: (object) => ({ kind: 'ServiceEntry', object }),
  }),
];

const reflectCluster = (stores: Stores, istioNamespace: string, reflect: Reflect): readonly Reflector[] => [
  reflect({
    kind: 'Service',
    store: stores.Service,
    resource: { apiVersion: 'v1', plural: 'services' },
    parse: parseService,
    changed: (object) => ({ kind: 'Service', object }),
  }),
  reflect({
    kind: 'Namespace',
    store: stores.Namespace,
    resource: { apiVersion: 'v1', plural: 'namespaces', metadataOnly: true },
    parse: parseNamespace,
    changed: (object) => ({ kind: 'Namespace', object }),
  }),
  reflect({
    kind: 'Pod',
    store: stores.Pod,
    resource: { apiVersion: 'v1', plural: 'pods', metadataOnly: true },
    parse: parsePod,
    changed: (object) => ({ kind: 'Pod', object }),
  }),
  reflect({
    kind: 'ConfigMap',
    store: stores.ConfigMap,
    resource: { apiVersion: 'v1', plural: 'configmaps', namespace: istioNamespace },
    parse: parseMeshConfig,
    changed: () => ({ kind: 'Mesh' }),
  }),
];

/** What is only looked at. A mesh may be installed without some of these kinds. */
function reflectConfiguration(stores: Stores, reflect: Reflect): readonly Reflector[] {
  const lookAt = <T extends { readonly namespace: string }>(
    kind: WatchedKind,
    store: Store<T>,
    resource: WatchedResource,
    parse: WatchedSource<T>['parse'],
  ): Reflector =>
    reflect({
      kind,
      store,
      resource: { ...resource, isOptional: true },
      parse,
      changed: (object) => ({ kind: 'Configuration', object }),
    });
  const { VirtualService, DestinationRule, EnvoyFilter, Telemetry } = stores;
  const { AuthorizationPolicy, RequestAuthentication } = stores;
  return [
    lookAt('VirtualService', VirtualService, istio('virtualservices'), parseVirtualService),
    lookAt('DestinationRule', DestinationRule, istio('destinationrules'), parseDestinationRule),
    lookAt('EnvoyFilter', EnvoyFilter, ENVOY_FILTERS, parseEnvoyFilter),
    lookAt('Telemetry', Telemetry, TELEMETRIES, parseTelemetry),
    lookAt('AuthorizationPolicy', AuthorizationPolicy, AUTHORIZATION, parseAuthorizationPolicy),
    lookAt('RequestAuthentication', RequestAuthentication, AUTHENTICATION, parseRequestAuthentication),
  ];
}

const RawNamespace = z.object({ metadata: z.object({ name: z.string() }) });

const parseNamespace = (raw: unknown): { readonly name: string } | undefined =>
  RawNamespace.safeParse(raw).data?.metadata;
