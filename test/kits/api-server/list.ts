// Lists: what is selected of a collection, page by page. All pages of a list show the state of the first one.
import type { Api } from './api.ts';
import { badRequest, expired, failure, invalid, isFailure, type Failure } from './failure.ts';
import { isObject, type Json } from './json.ts';
import type { Resource } from './resource.ts';
import { fieldSelector, labelSelector, type Selector } from './selector.ts';
import { firstIndex } from './sorted.ts';
import type { Revision } from './store.ts';
import { cause } from './validate.ts';
import type { Page } from './view.ts';

export type Collection = { readonly resource: Resource; readonly namespace: string | undefined };

const INCONSISTENT =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
const TOO_OLD = 'The resourceVersion for the provided list is too old.';

/** The page that the query asks for. 410 where the state that it belongs to is forgotten. */
export function list(api: Api, collection: Collection, query: URLSearchParams): Page | Failure {
  const selector = readSelector(collection.resource, query);
  if (isFailure(selector)) return selector;
  const limit = Number(query.get('limit') ?? 0);
  if (Number.isNaN(limit))
    return badRequest(`strconv.ParseInt: parsing "${query.get('limit')}": invalid syntax`);
  const start = startOf(api, query);
  if (isFailure(start)) return start;
  const all = api.store.list(collection.resource.table, start.version);
  if (all === undefined)
    return start.after === ''
      ? expired(TOO_OLD)
      : expired(INCONSISTENT, encodeToken({ version: -1, after: start.after }));
  const version = start.version ?? api.store.version();
  const selecting = query.has('labelSelector') || query.has('fieldSelector');
  return pageOf(within(all, collection, start.after), { version, limit, selector, selecting });
}

/** The objects that the query's selectors select. */
export function readSelector(resource: Resource, query: URLSearchParams): Selector | Failure {
  const byLabels = labelSelector(query.get('labelSelector') ?? '');
  if (isFailure(byLabels)) return byLabels;
  const byFields = fieldSelector(query.get('fieldSelector') ?? '', resource.kind);
  if (isFailure(byFields)) return byFields;
  return (object) => byLabels(object) && byFields(object);
}

/** A version from a query; 400 where it is no number. */
export function readVersion(text: string): number | Failure {
  return /^\d+$/.test(text)
    ? Number(text)
    : badRequest(
        `invalid resource version: resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
      );
}

/** Why a list or watch may not ask like this. */
export function invalidListOptions(field: string, message: string): Failure {
  return invalid('ListOptions', 'meta.k8s.io', '', [cause('Forbidden', field, `Forbidden: ${message}`)]);
}

type Start = {
  /** `undefined`: now. */
  readonly version?: number;
  /** The key of the last object of the page before; '' for the first page. */
  readonly after: string;
};

function startOf(api: Api, query: URLSearchParams): Start | Failure {
  const token = query.get('continue') ?? '';
  const asked = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch');
  if (token !== '') return asked === '' || asked === '0' ? decodeToken(token) : badRequest(NO_VERSION);
  if (asked === '') {
    const message = 'resourceVersionMatch is forbidden unless resourceVersion is provided';
    return match === null ? { after: '' } : invalidListOptions('resourceVersionMatch', message);
  }
  const version = readVersion(asked);
  if (typeof version !== 'number') return version;
  if (version > api.store.version()) return tooLarge(version, api.store.version());
  return match === 'Exact' ? { version, after: '' } : { after: '' };
}

const NO_VERSION = 'specifying resource version is not allowed when using continue';

function tooLarge(version: number, current: number): Failure {
  return failure(504, `Timeout: Too large resource version: ${version}, current: ${current}`, {
    reason: 'Timeout',
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

function within(all: readonly Revision[], { namespace }: Collection, after: string): readonly Revision[] {
  const from = namespace === undefined ? '' : `${namespace}/`;
  // '0' is the character after '/': no key of the namespace sorts behind it.
  const to = namespace === undefined ? undefined : `${namespace}0`;
  const start = firstIndex(all.length, (index) => {
    const key = all[index]?.key ?? '';
    return after === '' ? key >= from : key > after;
  });
  const end =
    to === undefined ? all.length : firstIndex(all.length, (index) => (all[index]?.key ?? '') >= to);
  return start === 0 && end === all.length ? all : all.slice(start, end);
}

function pageOf(
  candidates: readonly Revision[],
  {
    version,
    limit,
    selector,
    selecting,
  }: {
    readonly version: number;
    readonly limit: number;
    readonly selector: Selector;
    readonly selecting: boolean;
  },
): Page {
  if (limit <= 0) {
    const revisions = selecting ? candidates.filter(({ object }) => selector(object)) : candidates;
    return { version, revisions };
  }
  const revisions: Revision[] = [];
  let seen = 0;
  while (seen < candidates.length && revisions.length < limit) {
    const candidate = candidates[seen];
    seen += 1;
    if (candidate !== undefined && selector(candidate.object)) revisions.push(candidate);
  }
  const last = candidates[seen - 1];
  if (seen >= candidates.length || last === undefined) return { version, revisions };
  const token = encodeToken({ version, after: last.key });
  return { version, revisions, token, ...(selecting ? {} : { remaining: candidates.length - seen }) };
}

function encodeToken({ version, after }: { readonly version: number; readonly after: string }): string {
  const token = { v: 'meta.k8s.io/v1', rv: version, start: `${after}\0` };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decodeToken(text: string): Start | Failure {
  const token = parsed(Buffer.from(text, 'base64url').toString());
  const { rv, start } = isObject(token) ? token : {};
  if (typeof rv !== 'number' || typeof start !== 'string')
    return badRequest('invalid continue token: continue key is not valid');
  const after = start.slice(0, -1);
  return rv < 0 ? { after } : { version: rv, after };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
