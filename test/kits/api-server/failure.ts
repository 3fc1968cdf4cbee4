// The error answers of the API server: one constructor for each, with the codes and reasons of the real one.
// Source: k8s.io/apimachinery/pkg/api/errors, and the answers of a kube-apiserver 1.36.
import type { JsonObject } from './json.ts';

const FAILURE: unique symbol = Symbol('failure');

export type Cause = { readonly reason: string; readonly message: string; readonly field: string };

/** The content of a `Status`; `isFailure` separates it from a good result. */
export type Failure = {
  readonly [FAILURE]: true;
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
  readonly details?: JsonObject;
};

/** The resource that a failure is about, and the kind of its objects. */
export type Subject = { readonly group: string; readonly plural: string; readonly kind: string };

export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && FAILURE in value;
}

export function failure(code: number, message: string, reason?: string, details?: JsonObject): Failure {
  return {
    [FAILURE]: true,
    code,
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
  };
}

/** The answer to everything that the real server supports and this one does not. */
export function notServed(what: string): Failure {
  return failure(501, `not served here: ${what}; use the real API server`, 'NotImplemented');
}

export function statusBody({ code, message, reason, details }: Failure): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

export function badRequest(message: string): Failure {
  return failure(400, message, 'BadRequest');
}

export function notFound(subject: Subject, name: string): Failure {
  return failure(404, `${qualified(subject)} "${name}" not found`, 'NotFound', detailsOf(subject, name));
}

export function alreadyExists(subject: Subject, name: string): Failure {
  const message = `${qualified(subject)} "${name}" already exists`;
  return failure(409, message, 'AlreadyExists', detailsOf(subject, name));
}

export function conflict(subject: Subject, name: string, why: string): Failure {
  const message = `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`;
  return failure(409, message, 'Conflict', detailsOf(subject, name));
}

/** A conflict of field managers, with at least one cause. */
export function applyConflict(causes: readonly Cause[]): Failure {
  const list = causes.map(({ message, field }) => `${message}: ${field}`).join(', ');
  const count = `${causes.length} conflict${causes.length === 1 ? '' : 's'}`;
  return failure(409, `Apply failed with ${count}: ${list}`, 'Conflict', { causes });
}

export function invalid(kind: string, group: string, name: string, causes: readonly Cause[]): Failure {
  const messages = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const list = messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`;
  const message = `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${list}`;
  const about = { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind };
  return failure(422, message, 'Invalid', { ...about, causes });
}

/** `kind`: of the cause, such as `Required`. */
export function cause(kind: string, field: string, message: string): Cause {
  return { reason: `FieldValue${kind}`, message, field };
}

export function expired(message: string): Failure {
  return failure(410, message, 'Expired');
}

/** `details` of a `Status` about one object. */
export function detailsOf({ group, plural }: Subject, name: string): JsonObject {
  return { name, ...(group === '' ? {} : { group }), kind: plural };
}

function qualified({ group, plural }: Subject): string {
  return group === '' ? plural : `${plural}.${group}`;
}
