// The two requests of a reflector: a list in pages, and a watch. Both write into a store.
import { z } from 'zod';
import type { Problem } from '../domain/problem.ts';
import { err, ok, type Result } from '../domain/result.ts';
import type { ApiError } from './api-error.ts';
import { readObject, type Reader } from '../cluster/read-object.ts';
import { storeKey, type ObjectIdentity, type Store } from '../cluster/store.ts';
import type { Transport } from './transport.ts';
import { watchEvents } from './watch-stream.ts';

export type WatchedResource = {
  /** Such as `networking.istio.io/v1`, or `v1` of the core group. */
  readonly apiVersion: string;
  readonly plural: string;
  /** Fetches names, labels and annotations only, which for pods is a tenth of the bytes. */
  readonly metadataOnly?: boolean;
  /** Only the objects that it selects. An object that it no longer selects is deleted from the store. */
  readonly fieldSelector?: string;
  /** Only the objects of this namespace. */
  readonly namespace?: string;
  /** A cluster may lack the kind; while the API server does not know it, there is no object of it. */
  readonly optional?: boolean;
};

export type ReflectorSource<T> = {
  readonly transport: Transport;
  readonly resource: WatchedResource;
  readonly store: Store<T>;
  /** How an object is read. */
  readonly reader: Reader<T>;
  /** Called once for each version of an object that cannot be read. */
  readonly onUnreadable?: (identity: ObjectIdentity, problems: readonly Problem[]) => void;
  /** Called whenever the API server answers a list or opens a watch, and for each line of it. */
  readonly onContact?: () => void;
  readonly signal: AbortSignal;
};

const PAGE = 500;

const Page = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  // The server answers null for the metadata of a kind without objects.
  items: z
    .array(z.unknown())
    .nullish()
    .transform((items) => items ?? []),
});

/**
 * Reads all pages into the store and then removes objects that are in none of them. Returns the version to watch from, or the error
 * `expired` if the server has dropped the rest of the list (410): the caller lists from the start.
 */
export async function list<T>(source: ReflectorSource<T>): Promise<Result<string, ApiError>> {
  const { transport, resource, store, signal } = source;
  const keys = new Set<string>();
  let next = '';
  for (;;) {
    const answer = await transport.request({
      method: 'GET',
      path: listPath(resource),
      query: { ...selecting(resource), limit: String(PAGE), ...(next === '' ? {} : { continue: next }) },
      accept: acceptOf(resource, 'List'),
      signal,
    });
    if (!answer.ok) return answer;
    source.onContact?.();
    const page = Page.safeParse(answer.value);
    if (!page.success) return err({ kind: 'unavailable', message: `not a list: ${page.error.message}` });
    for (const raw of page.data.items) {
      const identity = identityOf(raw);
      if (identity === undefined) continue;
      keep(source, identity, raw);
      keys.add(storeKey(identity.namespace, identity.name));
    }
    next = page.data.metadata.continue ?? '';
    if (next !== '') continue;
    store.retain(keys);
    return ok(page.data.metadata.resourceVersion);
  }
}

const Event = z.object({ type: z.string(), object: z.unknown() });
const Failure = z.object({ code: z.number().default(500), message: z.string().default('') });
const Versioned = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/**
 * Follows the changes after a version until the server ends the stream, and returns the last version seen, or the error `expired` if the
 * server no longer has the version (410). `onProgress` is called with each version, also those of bookmarks.
 */
export async function watch<T>(
  source: ReflectorSource<T>,
  from: string,
  onProgress: (version: string) => void,
): Promise<Result<string, ApiError>> {
  const { transport, resource, signal, onContact = () => undefined } = source;
  let version = from;
  const query = selecting(resource);
  const accept = acceptOf(resource, '');
  const request = { path: listPath(resource), query, accept, from, onOpen: onContact, signal };
  for await (const line of watchEvents(transport, request)) {
    if (!line.ok) return line;
    onContact();
    const event = Event.safeParse(line.value);
    if (!event.success) return err({ kind: 'unavailable', message: 'watch: not an event' });
    const { type, object } = event.data;
    if (type === 'ERROR') {
      const { code, message } = Failure.parse(object);
      return err({ kind: code === 410 ? 'expired' : 'unavailable', message: `watch: ${code} ${message}` });
    }
    if (type !== 'BOOKMARK') follow(source, type, object);
    version = Versioned.safeParse(object).data?.metadata.resourceVersion ?? version;
    onProgress(version);
  }
  return ok(version);
}

function follow<T>(source: ReflectorSource<T>, type: string, raw: unknown): void {
  const identity = identityOf(raw);
  if (identity === undefined) return;
  if (type === 'DELETED') source.store.remove(identity.namespace, identity.name);
  else keep(source, identity, raw);
}

/** Puts an object into the store, or removes it if it is left out now. What cannot be read is neither. */
function keep<T>(
  { reader, store, onUnreadable }: ReflectorSource<T>,
  identity: ObjectIdentity,
  raw: unknown,
): void {
  const { namespace, name } = identity;
  const known = store.get(namespace, name);
  const { value, problems } = readObject(reader, raw, known);
  if (problems.length > 0 && store.markUnreadable(identity)) onUnreadable?.(identity, problems);
  if (problems.length === 0 && value === undefined) store.remove(namespace, name);
  // What stands in for an object that cannot be read has not its version, unless it is new itself.
  else if (value !== undefined && (problems.length === 0 || value !== known)) store.upsert(identity, value);
}

const Item = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default(''),
    uid: z.string().default(''),
    resourceVersion: z.string().default(''),
  }),
});

export const identityOf = (raw: unknown): ObjectIdentity | undefined => Item.safeParse(raw).data?.metadata;

const selecting = ({ fieldSelector }: WatchedResource): Readonly<Record<string, string>> =>
  fieldSelector === undefined ? {} : { fieldSelector };

function listPath({ apiVersion, plural, namespace }: WatchedResource): string {
  const root = `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}`;
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

const acceptOf = ({ metadataOnly = false }: WatchedResource, suffix: 'List' | ''): string =>
  metadataOnly ? `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1` : 'application/json';
