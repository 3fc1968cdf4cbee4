// The controller's view of the cluster: a store for each kind, kept up by a reflector, and the look-ups into them.
import { z } from 'zod';
import type { Objects } from '../compile/assemble.ts';
import { API, PLURAL } from '../domain/api.ts';
import { parsePod, parseService, type Pod, type Service } from '../domain/cluster.ts';
import { parseIntent, type Intent, type InvalidIntent } from '../domain/intent.ts';
import {
  ISTIO_API_VERSION,
  parseServiceEntry,
  parseSidecar,
  type LiveServiceEntry,
  type LiveSidecar,
} from '../domain/istio.ts';
import { sortedSet } from '../domain/order.ts';
import type { ApiError } from '../kubernetes/api-error.ts';
import type { Resource } from '../kubernetes/list-watch.ts';
import { startReflector, type Reflector } from '../kubernetes/reflector.ts';
import { createStore, type Store } from '../kubernetes/store.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { createHostIndex } from './host-index.ts';
import type { Touched } from './route.ts';

export type WatchedKind = Touched['kind'];

const RESOURCES = {
  EgressIntent: { apiVersion: API, plural: PLURAL },
  Sidecar: { apiVersion: ISTIO_API_VERSION, plural: 'sidecars' },
  ServiceEntry: { apiVersion: ISTIO_API_VERSION, plural: 'serviceentries' },
  Service: { apiVersion: 'v1', plural: 'services' },
  Namespace: { apiVersion: 'v1', plural: 'namespaces', metadataOnly: true },
  Pod: { apiVersion: 'v1', plural: 'pods', metadataOnly: true },
} as const satisfies Record<WatchedKind, Resource>;

export type Stores = {
  readonly EgressIntent: Store<Intent | InvalidIntent>;
  readonly Sidecar: Store<LiveSidecar>;
  readonly ServiceEntry: Store<LiveServiceEntry>;
  readonly Service: Store<Service>;
  readonly Namespace: Store<{ readonly name: string }>;
  readonly Pod: Store<Pod>;
};

/** What the stores hold, as the loop asks for it. */
export type World = {
  readonly stores: Stores;
  readonly objectsFor: (namespace: string) => Objects;
  /** Whether a namespace holds an intent or an object of ours. Nowhere else is there anything to do. */
  readonly concerns: (namespace: string) => boolean;
  readonly namespacesOfConcern: () => readonly string[];
};

/** A world with nothing in it; `watchWorld` fills it. */
export function createWorld(): World {
  const stores: Stores = {
    EgressIntent: createStore(),
    Sidecar: createStore(),
    ServiceEntry: createStore(),
    Service: createStore(),
    Namespace: createStore(),
    Pod: createStore(),
  };
  const concerns = (namespace: string): boolean =>
    stores.EgressIntent.inNamespace(namespace).length > 0 ||
    stores.Sidecar.inNamespace(namespace).some(({ managed }) => managed) ||
    stores.ServiceEntry.inNamespace(namespace).some(({ managed }) => managed);
  return {
    stores,
    objectsFor: objectsIn(stores),
    concerns,
    namespacesOfConcern: () =>
      sortedSet(
        [stores.EgressIntent, stores.Sidecar, stores.ServiceEntry].flatMap((store) => store.namespaces()),
      ).filter(concerns),
  };
}

export type WatchOptions = {
  readonly transport: Transport;
  /** Hears of each object that a change touches, as it was and as it is. */
  readonly onTouched: (touched: Touched) => void;
  readonly onWatchError: (kind: WatchedKind, error: ApiError) => void;
};

export type Watches = {
  /** Resolves once every store holds all that there is. */
  readonly synced: Promise<unknown>;
  /** Ends every watch. */
  readonly stop: () => Promise<void>;
};

/** Keeps the stores equal to what the API server holds, until it is stopped. */
export function watchWorld({ stores }: World, options: WatchOptions): Watches {
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

function startReflectors(
  stores: Stores,
  { transport, onTouched, onWatchError }: WatchOptions,
  signal: AbortSignal,
): readonly Reflector[] {
  const reflect = <T>(
    kind: WatchedKind,
    store: Store<T>,
    parse: (raw: unknown) => T | undefined,
    touched: (object: T) => Touched,
  ): Reflector => {
    store.subscribe(({ before, after }) => {
      if (before !== undefined) onTouched(touched(before));
      if (after !== undefined) onTouched(touched(after));
    });
    const onError = (error: ApiError): void => onWatchError(kind, error);
    return startReflector({ transport, resource: RESOURCES[kind], store, parse, onError, signal });
  };
  return [
    reflect('EgressIntent', stores.EgressIntent, parseIntent, (object) => ({ kind: 'EgressIntent', object })),
    reflect('Sidecar', stores.Sidecar, parseSidecar, (object) => ({ kind: 'Sidecar', object })),
    reflect('ServiceEntry', stores.ServiceEntry, parseServiceEntry, (object) => ({
      kind: 'ServiceEntry',
      object,
    })),
    reflect('Service', stores.Service, parseService, (object) => ({ kind: 'Service', object })),
    reflect('Namespace', stores.Namespace, parseNamespace, (object) => ({ kind: 'Namespace', object })),
    reflect('Pod', stores.Pod, parsePod, (object) => ({ kind: 'Pod', object })),
  ];
}

function objectsIn(stores: Stores): World['objectsFor'] {
  const cluster = {
    hasNamespace: (name: string) => stores.Namespace.get('', name) !== undefined,
    service: stores.Service.get,
    serviceEntries: createHostIndex(stores.ServiceEntry),
    contents: (namespace: string) => ({
      services: stores.Service.inNamespace(namespace),
      serviceEntries: stores.ServiceEntry.inNamespace(namespace),
    }),
  };
  return (namespace) => ({
    intents: stores.EgressIntent.inNamespace(namespace),
    pods: stores.Pod.inNamespace(namespace),
    sidecars: stores.Sidecar.inNamespace(namespace),
    serviceEntries: stores.ServiceEntry.inNamespace(namespace),
    cluster,
  });
}

const RawNamespace = z.object({ metadata: z.object({ name: z.string() }) });

const parseNamespace = (raw: unknown): { readonly name: string } | undefined =>
  RawNamespace.safeParse(raw).data?.metadata;
