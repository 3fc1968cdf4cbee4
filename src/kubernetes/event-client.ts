// Events of events.k8s.io/v1: what `kubectl describe` and `kubectl events` show next to an object.
import type { Result } from '../domain/result.ts';
import type { ApiError } from './api-error.ts';
import { microTime } from './leader/lease.ts';
import type { Transport } from './transport.ts';

/** The object that an Event is about. */
export type Regarding = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
};

export type NewEvent = {
  /** Unique in the namespace of the object. */
  readonly name: string;
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  /** One word, for programs. */
  readonly reason: string;
  /** For people. It is cut where the API server would refuse it. */
  readonly note: string;
};

export type EventClient = {
  readonly create: (event: NewEvent) => Promise<Result<unknown, ApiError>>;
  /** Says that an Event has happened so many times by now. */
  readonly repeat: (event: NewEvent, count: number) => Promise<Result<unknown, ApiError>>;
};

/** `instance` is this process; at most 128 characters. */
export function eventClient(transport: Pick<Transport, 'request'>, instance: string): EventClient {
  return {
    create: (event) =>
      transport.request({ method: 'POST', path: pathOf(event), body: bodyOf(event, instance) }),
    repeat: (event, count) =>
      transport.request({
        method: 'PATCH',
        path: `${pathOf(event)}/${event.name}`,
        contentType: 'application/merge-patch+json',
        body: { series: { count, lastObservedTime: microTime() } },
      }),
  };
}

const pathOf = ({ regarding }: NewEvent): string =>
  `/apis/events.k8s.io/v1/namespaces/${regarding.namespace}/events`;

/** In bytes. Source: kubernetes/kubernetes pkg/apis/core/validation/events.go, NoteLengthLimit. */
const MAX_NOTE = 1_024;

const bodyOf = ({ name, regarding, type, reason, note }: NewEvent, instance: string): unknown => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { namespace: regarding.namespace, name },
  eventTime: microTime(),
  reportingController: 'egressintent.io/controller',
  reportingInstance: instance,
  action: 'Reconcile',
  regarding,
  type,
  reason,
  note: cutBytes(note, MAX_NOTE),
});

/** The text, or its first bytes and an ellipsis, without a part of a character. */
export function cutBytes(text: string, max: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return text;
  return `${bytes
    .subarray(0, max - 6)
    .toString()
    .replace(/\uFFFD+$/, '')}...`;
}
