// The answers "no" of the API server: one constructor for each, with the messages of the real one.
// Source: k8s.io/apimachinery/pkg/api/errors, and the answers of a kube-apiserver 1.36.
import type { JsonObject } from './json.ts';

const FAILURE: unique symbol = Symbol('failure');

export type Cause = { readonly reason: string; readonly message: string; readonly field: string };

/** What the client gets as a `Status`; told from a good result by `isFailure`. */
export type Failure = {
  readonly [FAILURE]: true;
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
  readonly details?: JsonObject;
  /** Only where a list has expired: the token with which it may go on, inconsistently. */
  readonly continue?: string;
};

/** What a failure is about: a resource, and the kind of its objects. */
export type Subject = {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
};

export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && FAILURE in value;
}

export function failure(
  code: number,
  message: string,
  more: Omit<Failure, typeof FAILURE | 'code' | 'message'> = {},
): Failure {
  return { [FAILURE]: true, code, message, ...more };
}

export function statusBody({ code, message, reason, details, continue: token }: Failure): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: token === undefined ? {} : { continue: token },
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

export function badRequest(message: string): Failure {
  return failure(400, message, { reason: 'BadRequest' });
}

export function notFound(subject: Subject, name: string): Failure {
  return failure(404, `${qualified(subject)} "${name}" not found`, {
    reason: 'NotFound',
    details: detailsOf(subject, name),
  });
}

export function alreadyExists(subject: Subject, name: string): Failure {
  return failure(409, `${qualified(subject)} "${name}" already exists`, {
    reason: 'AlreadyExists',
    details: detailsOf(subject, name),
  });
}

export const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(subject: Subject, name: string, why: string): Failure {
  return failure(409, `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`, {
    reason: 'Conflict',
    details: detailsOf(subject, name),
  });
}

/** A deletion's precondition does not hold: here the real server names the kind where else it names the resource. */
export function preconditionFailed(subject: Subject, name: string, why: string): Failure {
  return conflict({ ...subject, plural: subject.kind }, name, why);
}

/** A conflict of field managers. `causes` holds at least one, those of a manager together. */
export function applyConflict(causes: readonly Cause[]): Failure {
  const [first, second] = causes;
  const managers = [...new Set(causes.map(({ message }) => message))];
  const lines = managers.flatMap((message) => [
    `${message.replace('conflict', 'conflicts')}:`,
    ...causes.filter((cause) => cause.message === message).map(({ field }) => `- ${field}`),
  ]);
  const message =
    first !== undefined && second === undefined
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
  return failure(409, message, { reason: 'Conflict', details: { causes } });
}

export function invalid(kind: string, group: string, name: string, causes: readonly Cause[]): Failure {
  const told = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const list = told.length === 1 ? told[0] : `[${told.join(', ')}]`;
  return failure(422, `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${list}`, {
    reason: 'Invalid',
    details: { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind, causes },
  });
}

export function forbiddenInTerminating(subject: Subject, name: string, namespace: string): Failure {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return failure(403, `${qualified(subject)} "${name}" is forbidden: ${why}`, {
    reason: 'Forbidden',
    details: { ...detailsOf(subject, name), causes: [cause] },
  });
}

export function expired(message: string, token?: string): Failure {
  return failure(410, message, { reason: 'Expired', ...(token === undefined ? {} : { continue: token }) });
}

export function unsupportedMediaType(accepted: readonly string[]): Failure {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return failure(415, message, { reason: 'UnsupportedMediaType' });
}

export function notAcceptable(message: string): Failure {
  return failure(406, message, { reason: 'NotAcceptable' });
}

export const PATH_NOT_FOUND = failure(404, 'the server could not find the requested resource', {
  reason: 'NotFound',
  details: {},
});

export const METHOD_NOT_ALLOWED = failure(
  405,
  'the server does not allow this method on the requested resource',
  { reason: 'MethodNotAllowed', details: {} },
);

/** `details` of a `Status` about one object. */
export function detailsOf({ group, plural }: Subject, name: string): JsonObject {
  return { name, ...(group === '' ? {} : { group }), kind: plural };
}

function qualified({ group, plural }: Subject): string {
  return group === '' ? plural : `${plural}.${group}`;
}
