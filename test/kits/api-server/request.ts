// A request as the handlers see it, and what they read out of its query and body.
import { parse } from 'yaml';
import type { WriteOptions } from './api.ts';
import { badRequest, invalid, isFailure, unsupportedMediaType, type Failure } from './failure.ts';
import type { Json } from './json.ts';
import { cause, quoted } from './validate.ts';

export type Request = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly userAgent: string;
  readonly accept: string | undefined;
  /** The media type alone, without parameters; '' where the client sends none. */
  readonly contentType: string;
  readonly body: string;
};

const MANAGER_LIMIT = 128;

/** The options of a write; 422 where they are wrong. `kind`: how the real server calls them, such as PatchOptions. */
export function writeOptions({ query, userAgent }: Request, kind: string): WriteOptions | Failure {
  const dryRun = query.getAll('dryRun');
  const wrong = (field: string, reason: string, message: string): Failure =>
    invalid(kind, 'meta.k8s.io', '', [cause(reason, field, message)]);
  if (dryRun.some((value) => value !== 'All')) {
    const message = `Unsupported value: ${quoted(dryRun)}: supported values: "All"`;
    return wrong('dryRun', 'NotSupported', message);
  }
  const given = query.get('fieldManager') ?? '';
  if (given.length > MANAGER_LIMIT)
    return wrong('fieldManager', 'TooLong', `Too long: may not be more than ${MANAGER_LIMIT} bytes`);
  const agent = (userAgent.split('/')[0] ?? '').slice(0, MANAGER_LIMIT);
  return { manager: given || agent || 'unknown', dryRun: dryRun.length > 0 };
}

/** The options of a server-side apply, which must name its manager. */
export function applyOptions(request: Request): (WriteOptions & { readonly force: boolean }) | Failure {
  const options = writeOptions(request, 'PatchOptions');
  if (isFailure(options)) return options;
  const required = cause('Required', 'fieldManager', 'Required value: is required for apply patch');
  if ((request.query.get('fieldManager') ?? '') === '')
    return invalid('PatchOptions', 'meta.k8s.io', '', [required]);
  return { ...options, force: request.query.get('force') === 'true' };
}

/** The body of a POST or PUT. 415 for a type that is not served, 400 for what cannot be parsed. */
export function objectBody({ contentType, body }: Request): Json | Failure {
  switch (contentType) {
    case '':
    case 'application/json':
      return parsedJson(
        body,
        "the object provided is unrecognized: couldn't get version/kind; json parse error",
      );
    case 'application/yaml':
      return parsedYaml(body);
    default:
      return unsupportedMediaType(['application/json', 'application/yaml']);
  }
}

export function parsedJson(text: string, what: string): Json | Failure {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    return badRequest(`${what}: ${error instanceof Error ? error.message : ''}`);
  }
}

/** JSON is YAML too, and parsed as what it is, since that is a hundred times faster. */
export function parsedYaml(text: string): Json | Failure {
  const json = text.trimStart().startsWith('{') ? parsedJson(text, '') : undefined;
  if (json !== undefined && !isFailure(json)) return json;
  try {
    return parse(text, { version: '1.1' }) as Json; // the real server's parser is of that age: `y` is true
  } catch (error) {
    return badRequest(
      `error decoding YAML: error converting YAML to JSON: ${error instanceof Error ? error.message : ''}`,
    );
  }
}
