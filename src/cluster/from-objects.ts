// A whole cluster given as a list of Kubernetes objects, as files or tests hold it. The controller has its stores instead.
import { z } from 'zod';
import { API_GROUP, API, KIND } from '../domain/api-group.ts';
import { parseService, type Service } from '../domain/kinds/service.ts';
import { parseIntent, type Intent, type InvalidIntent } from '../domain/egress-intent/intent.ts';
import { istiodOf, parseMeshConfig, type MeshConfig } from '../domain/kinds/mesh-config.ts';
import type { IstioConfig } from './snapshot.ts';
import { byKey, sortedSet } from '../domain/order.ts';
import { parseTelemetry } from '../domain/kinds/telemetry.ts';
import { parseVirtualService } from '../domain/kinds/virtual-service.ts';
import type { NamespaceObjects } from './assemble.ts';
import { parsePod, parseWorkload, type Pod } from '../domain/kinds/pod.ts';
import { parseServiceEntry, type LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import { parseSidecar, type LiveSidecar } from '../domain/kinds/sidecar.ts';
import { parseAuthorizationPolicy } from '../domain/kinds/authorization-policy.ts';
import { parseRequestAuthentication } from '../domain/kinds/request-authentication.ts';
import { parseDestinationRule } from '../domain/kinds/destination-rule.ts';
import { parseEnvoyFilter } from '../domain/kinds/envoy-filter.ts';

export type ClusterState = {
  /** The namespaces that hold an intent, in order. */
  readonly namespaces: readonly string[];
  readonly objectsIn: (namespace: string) => NamespaceObjects;
};

const RawKind = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }).optional(),
  items: z.array(z.unknown()).optional(),
});

/** Everything of a list that the compiler may ask for, by kind. */
type Found = {
  readonly intents: (Intent | InvalidIntent)[];
  readonly pods: Pod[];
  readonly services: Service[];
  readonly sidecars: LiveSidecar[];
  readonly serviceEntries: LiveServiceEntry[];
  readonly namespaces: Set<string>;
  readonly meshConfigs: MeshConfig[];
} & { readonly [K in keyof IstioConfig]: IstioConfig[K][number][] };

/** Reads objects in any order, lists of objects included. Kinds that the compiler does not ask for are passed over. */
export function clusterFromObjects(raws: readonly unknown[]): ClusterState {
  const found = nothing();
  for (const raw of raws) take(raw, found);
  const services = new Map(
    found.services.map((service) => [`${service.namespace}/${service.name}`, service]),
  );
  const within = Map.groupBy(found.serviceEntries, ({ namespace }) => namespace);
  const byHost = Map.groupBy(
    found.serviceEntries
      .toSorted(byKey(({ name }) => name))
      .flatMap((entry) => [...new Set(entry.hosts)].map((host) => ({ entry, host }))),
    ({ entry, host }) => `${entry.namespace}/${host}`,
  );
  const mesh = {
    configs: found.meshConfigs.toSorted(byKey(({ name }) => name)),
    istiods: found.pods.flatMap((pod) => istiodOf(pod) ?? []).toSorted(byKey(({ pod }) => pod)),
  };
  return {
    namespaces: sortedSet(found.intents.map(({ namespace }) => namespace)),
    objectsIn: (namespace) => ({
      intents: found.intents.filter(inNamespace(namespace)),
      pods: found.pods.filter(inNamespace(namespace)),
      sidecars: found.sidecars.filter(inNamespace(namespace)),
      serviceEntries: found.serviceEntries.filter(inNamespace(namespace)),
      mesh,
      cluster: {
        hasNamespace: (name) => found.namespaces.has(name),
        service: (of, name) => services.get(`${of}/${name}`),
        serviceEntries: (of, host) => (byHost.get(`${of}/${host}`) ?? []).map(({ entry }) => entry),
        registrations: (of) => ({
          services: found.services.filter(inNamespace(of)),
          serviceEntries: within.get(of) ?? [],
        }),
        istioConfig: (of) => configurationIn(found, of),
      },
    }),
  };
}

const nothing = (): Found => ({
  intents: [],
  pods: [],
  services: [],
  sidecars: [],
  serviceEntries: [],
  namespaces: new Set(),
  meshConfigs: [],
  virtualServices: [],
  destinationRules: [],
  envoyFilters: [],
  telemetries: [],
  authorizationPolicies: [],
  requestAuthentications: [],
});

const configurationIn = (found: Found, namespace: string): IstioConfig => ({
  virtualServices: found.virtualServices.filter(inNamespace(namespace)),
  destinationRules: found.destinationRules.filter(inNamespace(namespace)),
  envoyFilters: found.envoyFilters.filter(inNamespace(namespace)),
  telemetries: found.telemetries.filter(inNamespace(namespace)),
  authorizationPolicies: found.authorizationPolicies.filter(inNamespace(namespace)),
  requestAuthentications: found.requestAuthentications.filter(inNamespace(namespace)),
});

const inNamespace =
  (namespace: string) =>
  (object: { readonly namespace: string }): boolean =>
    object.namespace === namespace;

/** By group and kind, whatever the version. */
const READERS: Readonly<Record<string, (raw: unknown, found: Found) => void>> = {
  '/Service': (raw, { services }) => push(services, parseService(raw)),
  '/Pod': (raw, { pods }) => push(pods, parsePod(raw)),
  '/ConfigMap': (raw, { meshConfigs }) => push(meshConfigs, parseMeshConfig(raw)),
  'networking.istio.io/Sidecar': (raw, { sidecars }) => push(sidecars, parseSidecar(raw)),
  'networking.istio.io/ServiceEntry': (raw, { serviceEntries }) =>
    push(serviceEntries, parseServiceEntry(raw)),
  'networking.istio.io/VirtualService': (raw, { virtualServices }) =>
    push(virtualServices, parseVirtualService(raw)),
  'networking.istio.io/DestinationRule': (raw, { destinationRules }) =>
    push(destinationRules, parseDestinationRule(raw)),
  'networking.istio.io/EnvoyFilter': (raw, { envoyFilters }) => push(envoyFilters, parseEnvoyFilter(raw)),
  'telemetry.istio.io/Telemetry': (raw, { telemetries }) => push(telemetries, parseTelemetry(raw)),
  'security.istio.io/AuthorizationPolicy': (raw, { authorizationPolicies }) =>
    push(authorizationPolicies, parseAuthorizationPolicy(raw)),
  'security.istio.io/RequestAuthentication': (raw, { requestAuthentications }) =>
    push(requestAuthentications, parseRequestAuthentication(raw)),
};

/** A namespace exists if it is listed, or if something stands in it. What has no reader may be a workload. */
function take(raw: unknown, found: Found): void {
  const parsed = RawKind.safeParse(raw);
  if (!parsed.success) return;
  const { apiVersion, kind, metadata, items } = parsed.data;
  for (const item of items ?? []) take(item, found);
  if (kind === 'Namespace') found.namespaces.add(metadata?.name ?? '');
  else if (metadata?.namespace !== undefined) found.namespaces.add(metadata.namespace);
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  if (group === API_GROUP) {
    if (kind === KIND && apiVersion === API) push(found.intents, parseIntent(raw));
    return;
  }
  const read = READERS[`${group}/${kind}`];
  if (read === undefined) push(found.pods, parseWorkload(raw));
  else read(raw, found);
}

function push<T>(list: T[], value: T | undefined): void {
  if (value !== undefined) list.push(value);
}
