// What is counted of a request to the API server: its verb as a role names it, and the kind of its object. Never a name or a namespace.
import { KINDS, WATCHED_KINDS } from '../../cluster/kinds.ts';
import type { Answered } from '../../kubernetes/transport.ts';
import { OTHER } from './rows.ts';

type RequestLabels = { readonly verb: string; readonly kind: string };

export function requestLabels({ method, path, query }: Omit<Answered, 'code' | 'seconds'>): RequestLabels {
  const { resource, isOne } = parsedPath(path);
  return { verb: verbOf(method, isOne, query?.['watch'] === 'true'), kind: KIND_OF.get(resource) ?? OTHER };
}

function verbOf(method: Answered['method'], isOne: boolean, isWatch: boolean): string {
  if (method !== 'GET') return WRITES[method];
  if (isWatch) return 'watch';
  return isOne ? 'get' : 'list';
}

const WRITES = { PATCH: 'patch', PUT: 'update', DELETE: 'delete', POST: 'create' } as const;

/** The group and plural of a path such as `/apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME`, and whether it is that of one object. */
function parsedPath(path: string): { readonly resource: string; readonly isOne: boolean } {
  const segments = path.split('/').filter((segment) => segment !== '');
  const group = segments[0] === 'apis' ? (segments[1] ?? '') : '';
  const rest = segments.slice(segments[0] === 'apis' ? 3 : 2);
  const [plural = '', name] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  return { resource: `${group}/${plural}`, isOne: name !== undefined };
}

/** By group and plural. Two kinds of the table may be views of one: the first gives the name. */
const KIND_OF: ReadonlyMap<string, string> = new Map([
  ...WATCHED_KINDS.toReversed().map((kind): [string, string] => {
    const { apiVersion, plural } = KINDS[kind];
    return [`${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${plural}`, kind];
  }),
  ['coordination.k8s.io/leases', 'Lease'],
  ['events.k8s.io/events', 'Event'],
]);
