// Lists, in pages, and field selectors. All pages of a list show the state of the first one.
import { badRequest, expired, isFailure, notServed, type Failure } from './failure.ts';
import { isObject, type Json } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { Api } from './persist.ts';
import type { Request, Target } from './request.ts';
import type { Resource } from './resource.ts';
import type { Page } from './view.ts';

const EXPIRED = 'The provided continue parameter is too old to display a consistent list result.';

/** The page that the request asks for; 410 where the server has forgotten the state of its list. */
export function list(api: Api, target: Target, { query }: Request): Page | Failure {
  if (!['', '0'].includes(query.get('resourceVersion') ?? ''))
    return notServed('a list with a resourceVersion');
  const selector = fieldSelector(query.get('fieldSelector') ?? '', target.resource);
  if (isFailure(selector)) return selector;
  const limit = Number(query.get('limit') ?? 0);
  if (Number.isNaN(limit)) return badRequest(`limit is not a number: ${query.get('limit')}`);
  const token = query.get('continue') ?? '';
  const rest =
    token === ''
      ? { version: String(api.store.version()), objects: api.store.list(target).filter(selector) }
      : api.store.pages.get(token);
  if (rest === undefined) return expired(EXPIRED);
  const { version, objects } = rest;
  if (limit <= 0 || objects.length <= limit) return { version, objects, token: '' };
  const next = crypto.randomUUID();
  api.store.pages.set(next, { version, objects: objects.slice(limit) });
  return { version, objects: objects.slice(0, limit), token: next };
}

export type Selector = (object: KubeObject) => boolean;

/** The fields of every kind, then those of one. Source: pkg/apis/core/v1/conversion.go of Kubernetes. */
const FIELDS = ['metadata.name', 'metadata.namespace'];
const FIELDS_OF: Readonly<Record<string, readonly string[]>> = { Pod: ['status.phase', 'spec.hostNetwork'] };

/** Selects the objects whose fields have the values; a failure for a field that cannot be selected by. */
export function fieldSelector(text: string, { kind }: Resource): Selector | Failure {
  const known = new Set([...FIELDS, ...(FIELDS_OF[kind] ?? [])]);
  const terms: Selector[] = [];
  for (const term of text.split(',').filter((each) => each !== '')) {
    const groups = /^(?<field>[^!=]+)(?<operator>!=|==?)(?<value>.*)$/.exec(term)?.groups;
    const { field = '', operator, value } = groups ?? {};
    if (groups === undefined) return badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    if (!known.has(field)) return notServed(`selecting a ${kind} by ${field}`);
    terms.push((object) => (valueOf(object, field) === value) === (operator !== '!='));
  }
  return (object) => terms.every((holds) => holds(object));
}

function valueOf(object: KubeObject, field: string): string {
  const value = field
    .split('.')
    .reduce<Json | undefined>((part, key) => (isObject(part) ? part[key] : undefined), object);
  return field === 'spec.hostNetwork' ? String(value === true) : typeof value === 'string' ? value : '';
}
