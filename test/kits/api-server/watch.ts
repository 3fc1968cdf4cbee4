// Watches: the stream of what changes in a collection, from a version on.
import type { ServerResponse } from 'node:http';
import type { Api } from './api.ts';
import { DEFINITIONS } from './builtins.ts';
import { expired, failure, isFailure, statusBody, type Failure } from './failure.ts';
import { withMetadata } from './kube-object.ts';
import { invalidListOptions, readSelector, readVersion, type Collection } from './list.ts';
import type { Selector } from './selector.ts';
import type { Change, Revision } from './store.ts';
import { bookmarkText, objectText, type View } from './view.ts';

export type Watcher = {
  /** Sends the stream into an answer, from its head to its end. */
  readonly start: (response: ServerResponse) => void;
};

type Plan = Collection & {
  readonly view: View;
  readonly selector: Selector;
  /** Only changes after this version are of interest. */
  readonly from: number;
  /** Whether the stream begins with the objects that are there. */
  readonly initial: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number | undefined;
};

/** How long before its end a watch sends a last bookmark, so that its successor need not begin further back. */
const LAST_BOOKMARK_MS = 2_000;

/** The watch that a query asks for; a failure where it asks for something impossible. */
export function openWatch(
  api: Api,
  collection: Collection,
  query: URLSearchParams,
  { view, bookmarkIntervalMs }: { readonly view: View; readonly bookmarkIntervalMs: number },
): Watcher | Failure {
  const selector = readSelector(collection.resource, query);
  if (isFailure(selector)) return selector;
  const start = readStart(api, query);
  if (isFailure(start)) return start;
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const plan: Plan = {
    ...collection,
    ...start,
    view,
    selector,
    bookmarks: readFlag(query, 'allowWatchBookmarks'),
    timeoutMs: seconds > 0 ? seconds * 1_000 : undefined,
  };
  return { start: (response) => stream(api, plan, response, bookmarkIntervalMs) };
}

/** A flag of a query, read as the real server does: present and neither `false` nor `0`. */
export function readFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== 'false' && value !== '0';
}

function readStart(api: Api, query: URLSearchParams): Pick<Plan, 'from' | 'initial'> | Failure {
  const text = query.get('resourceVersion') ?? '';
  if (query.has('sendInitialEvents') && query.get('resourceVersionMatch') !== 'NotOlderThan')
    return invalidListOptions(
      'resourceVersionMatch',
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  if (readFlag(query, 'sendInitialEvents')) return { from: api.store.version(), initial: true };
  if (text === '' || text === '0')
    return { from: api.store.version(), initial: !query.has('sendInitialEvents') };
  const from = readVersion(text);
  return typeof from === 'number' ? { from, initial: false } : failure(500, from.message);
}

function stream(api: Api, plan: Plan, response: ServerResponse, bookmarkIntervalMs: number): void {
  const { resource, view, from, timeoutMs } = plan;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const missed = api.store.since(resource.table, from);
  if (missed === undefined) {
    const message = `too old resource version: ${from} (${api.store.oldest(resource.table)})`;
    response.end(line('ERROR', JSON.stringify(statusBody(expired(message)))));
    return;
  }
  const send = (type: string, object: string): void => {
    if (response.writableEnded) return;
    if (view === 'broken') response.end();
    else response.write(line(type, object));
  };
  const sendChange = (change: Change): void => {
    const event = change.version > from ? eventOf(change, plan) : undefined;
    if (event !== undefined) send(event.type, objectText(event, resource, view));
  };
  const bookmark = (): void => {
    const version = api.store.versionOf(resource.table);
    if (version > from) send('BOOKMARK', bookmarkText(resource, view, version, false));
  };

  if (plan.initial) sendInitial(api, plan, send);
  missed.forEach(sendChange);
  const unsubscribe = api.store.subscribe((change) => {
    if (change.table === resource.table) sendChange(change);
    if (change.table === DEFINITIONS && !isServed(api, plan)) response.end();
  });
  const timers: NodeJS.Timeout[] = [];
  if (plan.bookmarks) timers.push(setInterval(bookmark, bookmarkIntervalMs));
  if (plan.bookmarks && timeoutMs !== undefined)
    timers.push(setTimeout(bookmark, Math.max(timeoutMs - LAST_BOOKMARK_MS, timeoutMs / 2)));
  if (timeoutMs !== undefined) timers.push(setTimeout(() => response.end(), timeoutMs));
  response.once('close', () => {
    unsubscribe();
    for (const timer of timers) clearTimeout(timer);
  });
}

function sendInitial(api: Api, plan: Plan, send: (type: string, object: string) => void): void {
  const { resource, namespace, selector, view, bookmarks, from } = plan;
  for (const revision of api.store.list(resource.table) ?? []) {
    const { object } = revision;
    if (isIn(namespace, revision) && selector(object))
      send('ADDED', objectText({ object, revision }, resource, view));
  }
  if (bookmarks) send('BOOKMARK', bookmarkText(resource, view, from, true));
}

function isServed(api: Api, { resource: { group, version, plural } }: Plan): boolean {
  return api.registry.find(group, version, plural) !== undefined;
}

type Event = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Revision['object'];
  readonly revision?: Revision;
};

/** A change as those see it who watch what a selector selects: to them, an object that leaves it is deleted. */
function eventOf({ before, after, last, version }: Change, plan: Plan): Event | undefined {
  const sees = (revision: Revision | undefined): revision is Revision =>
    revision !== undefined && isIn(plan.namespace, revision) && plan.selector(revision.object);
  if (sees(after)) {
    const type = sees(before) ? 'MODIFIED' : 'ADDED';
    return { type, object: after.object, revision: after };
  }
  if (!sees(before)) return undefined;
  if (last !== undefined) return { type: 'DELETED', object: last.object, revision: last };
  return { type: 'DELETED', object: withMetadata(before.object, { resourceVersion: String(version) }) };
}

function isIn(namespace: string | undefined, { object }: Revision): boolean {
  return namespace === undefined || object.metadata.namespace === namespace;
}

function line(type: string, object: string): string {
  return `{"type":"${type}","object":${object}}\n`;
}
