// Keeps the stores equal to what the API server holds: one reflector for each kind of the table.
import type { Affected, Kind } from '../cluster/kind.ts';
import { KINDS, WATCHED_KINDS, type WatchedKind, type WatchedObjects } from '../cluster/kinds.ts';
import type { ObjectIdentity } from '../cluster/store.ts';
import type { Stores } from '../cluster/stores.ts';
import { createUnreadChanges, type UnreadChanges } from '../cluster/unread-changes.ts';
import { possibleEcho, type ObjectVersion } from './writes/own-echo.ts';
import type { Problem } from '../domain/problem.ts';
import type { ApiError } from '../kubernetes/api-error.ts';
import { startReflector, type KindDefinition, type Reflector } from '../kubernetes/reflector.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { createContact, type Contact } from './readiness.ts';

type WatchOptions = {
  readonly transport: Transport;
  /** Where istiod and its MeshConfig are. */
  readonly istioNamespace: string;
  /** While it is false, nobody is told of changes. */
  readonly isListening: () => boolean;
  /** Called for each object that changed: with what it affected before, and with what it affects after. `echo` is set where our own write may have caused all of it. */
  readonly onChange: (affected: Affected, echo: ObjectVersion | undefined) => void;
  readonly onWatchError: (kind: WatchedKind, error: ApiError) => void;
  /** Called once for each version of an object that cannot be read; the last readable version still counts. */
  readonly onUnreadable: (kind: WatchedKind, object: ObjectIdentity, problems: readonly Problem[]) => void;
};

export type Watches = {
  /** Resolves once every store holds every object of its kind. */
  readonly synced: Promise<unknown>;
  readonly contacts: () => readonly Contact[];
  /** Ends every watch. */
  readonly stop: () => Promise<void>;
};

export function watchCluster(stores: Stores, options: WatchOptions): Watches {
  const stopping = new AbortController();
  const isUnread = createUnreadChanges(stores);
  const reflectors = WATCHED_KINDS.map((kind) =>
    reflect(kind, stores, { ...options, isUnread }, stopping.signal),
  );
  return {
    synced: Promise.all(reflectors.map(({ synced }) => synced)),
    contacts: () => reflectors.map(({ contact }) => contact()),
    stop: async () => {
      stopping.abort();
      await Promise.all(reflectors.map(({ done }) => done));
    },
  };
}

function reflect<K extends WatchedKind>(
  name: K,
  stores: Pick<Stores, K | 'CustomResourceDefinition'>,
  { isUnread, ...options }: WatchOptions & { readonly isUnread: UnreadChanges },
  signal: AbortSignal,
): Reflector & { readonly contact: () => Contact } {
  const { transport, istioNamespace, isListening, onChange, onWatchError, onUnreadable } = options;
  const kind: Kind<WatchedObjects[K]> = KINDS[name];
  const { parse, standIn, affects, istioNamespaceOnly = false, ...resource } = kind;
  const store = stores[name];
  store.subscribe((change) => {
    if (!isListening()) return;
    const echo = possibleEcho(name, change);
    const affected = [change.before, change.after].flatMap((object) =>
      object === undefined ? [] : affects(object),
    );
    const isOwnConcerned = !isUnread(name, change);
    for (const each of affected) onChange(isOwnConcerned ? each : { lookups: each.lookups }, echo);
  });
  const definition = kind.optional === true ? definitionOf(kind, stores.CustomResourceDefinition) : undefined;
  const contact = createContact(name, () => definition?.exists() ?? true);
  const reflector = startReflector({
    transport,
    resource: istioNamespaceOnly ? { ...resource, namespace: istioNamespace } : resource,
    store,
    reader: standIn === undefined ? { parse } : { parse, standIn },
    onUnreadable: (identity, problems) => onUnreadable(name, identity, problems),
    ...(definition && { definition }),
    onContact: contact.heard,
    onError: (error) => {
      contact.failed(error);
      onWatchError(name, error);
    },
    signal,
  });
  void reflector.synced.then(contact.listed);
  return { ...reflector, contact: contact.read };
}

/** From the watch of definitions: a kind that is installed later is read at once, and one that is not there costs no request. */
function definitionOf(
  { apiVersion, plural }: Pick<Kind<unknown>, 'apiVersion' | 'plural'>,
  definitions: Stores['CustomResourceDefinition'],
): KindDefinition {
  const name = `${plural}.${apiVersion.split('/')[0]}`;
  const exists = (): boolean => definitions.get('', name) !== undefined;
  return {
    exists,
    created: async (signal) => {
      while (!exists() && !signal.aborted) await definitions.nextEvent(signal);
    },
  };
}
