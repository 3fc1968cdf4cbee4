// Watches: the stream of the changes in a collection after a version.
import type { ServerResponse } from 'node:http';
import { badRequest, isFailure, notServed, statusBody, type Failure } from './failure.ts';
import type { JsonObject } from './json.ts';
import { withMetadata, type KubeObject } from './kube-object.ts';
import type { Api } from './persist.ts';
import type { Request, Target } from './request.ts';
import { fieldSelector, type Selector } from './list.ts';
import { tableOf, type Change } from './store.ts';
import { bookmarkOf, shown, viewOf, type View } from './view.ts';

/** Sends the stream into an answer, from its head to its end. */
export type Stream = (response: ServerResponse) => void;

type Plan = Target & {
  readonly view: View;
  readonly selector: Selector;
  /** The version after which changes are sent; absent: all objects that exist, and then every change. */
  readonly from: number | undefined;
  /** How often a bookmark is sent; absent: never. */
  readonly bookmarkMs: number | undefined;
  readonly timeoutMs: number | undefined;
};

/** The time between the last bookmark of a watch and its end. */
const LAST_BOOKMARK_MS = 2_000;

/** The watch that a request asks for. */
export function openWatch(
  api: Api,
  target: Target,
  { query, accept }: Request,
  bookmarkMs: number,
): Stream | Failure {
  const view = viewOf(accept, 'object');
  if (isFailure(view)) return view;
  const selector = fieldSelector(query.get('fieldSelector') ?? '', target.resource);
  if (isFailure(selector)) return selector;
  const version = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(version)) return badRequest(`invalid resource version: ${version}`);
  if (Number(version) > api.store.version()) return notServed('a watch from a future version');
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const plan: Plan = {
    ...target,
    view,
    selector,
    from: Number(version) === 0 ? undefined : Number(version),
    bookmarkMs: readFlag(query, 'allowWatchBookmarks') ? bookmarkMs : undefined,
    timeoutMs: seconds > 0 ? seconds * 1_000 : undefined,
  };
  return (response) => stream(api, plan, response);
}

/** Whether a flag of a query is set, as the real server reads it. */
export function readFlag(query: URLSearchParams, name: string): boolean {
  return !['false', '0'].includes(query.get(name) ?? 'false');
}

function stream({ store }: Api, plan: Plan, response: ServerResponse): void {
  const { resource, view, from, bookmarkMs, timeoutMs } = plan;
  const send = (type: string, object: JsonObject): void => {
    if (!response.writableEnded) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const missed = from === undefined ? [] : store.since(tableOf(resource), from);
  if (isFailure(missed)) {
    send('ERROR', statusBody(missed));
    response.end();
    return;
  }
  const sendChange = (change: Change): void => {
    const event = change.table === tableOf(resource) ? eventOf(change, plan) : undefined;
    if (event !== undefined) send(event.type, shown(event.object, view));
  };
  const sendBookmark = (): void => send('BOOKMARK', bookmarkOf(resource, view, store.version()));

  if (from === undefined)
    for (const object of store.list(plan).filter(plan.selector)) send('ADDED', shown(object, view));
  missed.forEach(sendChange);
  const unsubscribe = store.subscribe(sendChange);
  const timers: NodeJS.Timeout[] = [];
  if (bookmarkMs !== undefined) timers.push(setInterval(sendBookmark, bookmarkMs));
  if (timeoutMs !== undefined) {
    timers.push(setTimeout(() => response.end(), timeoutMs));
    const lastMs = Math.max(timeoutMs - LAST_BOOKMARK_MS, timeoutMs / 2);
    if (bookmarkMs !== undefined) timers.push(setTimeout(sendBookmark, lastMs));
  }
  response.once('close', () => {
    unsubscribe();
    for (const timer of timers) clearTimeout(timer);
  });
}

type Event = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject };

/** A change as a watch with a selector sees it: an object that is no longer selected counts as deleted. */
function eventOf({ before, after, version }: Change, { namespace, selector }: Plan): Event | undefined {
  const selects = (object: KubeObject | undefined): object is KubeObject =>
    object !== undefined &&
    (namespace === undefined || object.metadata.namespace === namespace) &&
    selector(object);
  if (selects(after)) return { type: selects(before) ? 'MODIFIED' : 'ADDED', object: after };
  if (!selects(before)) return undefined;
  return { type: 'DELETED', object: withMetadata(before, { resourceVersion: String(version) }) };
}
