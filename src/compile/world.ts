// A whole cluster given as a list of Kubernetes objects, as files or tests hold it. The controller has its stores instead.
import { z } from 'zod';
import { API, KIND } from '../domain/api.ts';
import { parsePod, parseService, parseWorkload, type Pod, type Service } from '../domain/cluster.ts';
import { parseIntent, type Intent, type InvalidIntent } from '../domain/intent.ts';
import { parseServiceEntry, parseSidecar, type LiveServiceEntry, type LiveSidecar } from '../domain/istio.ts';
import { byKey, sortedSet } from '../domain/order.ts';
import type { Objects } from './assemble.ts';

export type World = {
  /** The namespaces that hold an intent, in order. */
  readonly namespaces: readonly string[];
  readonly objectsFor: (namespace: string) => Objects;
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
};

/** Reads objects in any order, lists of objects included. Kinds that the compiler does not ask for are passed over. */
export function worldOf(raws: readonly unknown[]): World {
  const found: Found = {
    intents: [],
    pods: [],
    services: [],
    sidecars: [],
    serviceEntries: [],
    namespaces: new Set(),
  };
  for (const raw of raws) take(raw, found);
  const services = new Map(
    found.services.map((service) => [`${service.namespace}/${service.name}`, service]),
  );
  const within = Map.groupBy(found.serviceEntries, ({ namespace }) => namespace);
  return {
    namespaces: sortedSet(found.intents.map(({ namespace }) => namespace)),
    objectsFor: (namespace) => ({
      intents: found.intents.filter(inNamespace(namespace)),
      pods: found.pods.filter(inNamespace(namespace)),
      sidecars: found.sidecars.filter(inNamespace(namespace)),
      serviceEntries: found.serviceEntries.filter(inNamespace(namespace)),
      cluster: {
        hasNamespace: (name) => found.namespaces.has(name),
        service: (of, name) => services.get(`${of}/${name}`),
        serviceEntries: (of, host) =>
          (within.get(of) ?? [])
            .filter(({ hosts }) => hosts.includes(host))
            .toSorted(byKey(({ name }) => name)),
        contents: (of) => ({
          services: found.services.filter(inNamespace(of)),
          serviceEntries: within.get(of) ?? [],
        }),
      },
    }),
  };
}

const inNamespace =
  (namespace: string) =>
  (object: { readonly namespace: string }): boolean =>
    object.namespace === namespace;

/** A namespace exists if it is listed, or if something stands in it. */
function take(raw: unknown, found: Found): void {
  const parsed = RawKind.safeParse(raw);
  if (!parsed.success) return;
  const { apiVersion, kind, metadata, items } = parsed.data;
  for (const item of items ?? []) take(item, found);
  if (kind === 'Namespace') found.namespaces.add(metadata?.name ?? '');
  else if (metadata?.namespace !== undefined) found.namespaces.add(metadata.namespace);
  const group = apiVersion.split('/')[0];
  if (kind === KIND && apiVersion === API) push(found.intents, parseIntent(raw));
  else if (kind === 'Sidecar' && group === 'networking.istio.io') push(found.sidecars, parseSidecar(raw));
  else if (kind === 'ServiceEntry' && group === 'networking.istio.io') {
    push(found.serviceEntries, parseServiceEntry(raw));
  } else if (kind === 'Service' && group === 'v1') push(found.services, parseService(raw));
  else if (kind === 'Pod') push(found.pods, parsePod(raw));
  else push(found.pods, parseWorkload(raw));
}

function push<T>(list: T[], value: T | undefined): void {
  if (value !== undefined) list.push(value);
}
