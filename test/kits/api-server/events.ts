// Events have two forms, that of the core group and that of events.k8s.io, over one table; and rules of their own.
import { invalid, type Cause, type Failure } from './failure.ts';
import { isObject, textOf, type Json } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { Schema } from './schema.ts';
import { keyViolations } from './metadata-rules.ts';
import { cause, quoted } from './validate.ts';

/** The fields that have another name in events.k8s.io. */
const NEW_NAMES: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
};
const OLD_NAMES = Object.fromEntries(Object.entries(NEW_NAMES).map(([old, now]) => [now, old]));

export function toCoreEvent(event: KubeObject): KubeObject {
  return { ...renamed(event, OLD_NAMES), apiVersion: 'v1', kind: 'Event', metadata: event.metadata };
}

export function toNewEvent(event: KubeObject): KubeObject {
  const apiVersion = 'events.k8s.io/v1';
  return { ...renamed(event, NEW_NAMES), apiVersion, kind: 'Event', metadata: event.metadata };
}

/** The schema of events.k8s.io, from that of the core group. */
export function newEventSchema(schema: Schema): Schema {
  return { ...schema, properties: renamed(schema.properties ?? {}, NEW_NAMES) };
}

/** An event of the core group; fails with 422 where it is about an object of another namespace. */
export function completeCoreEvent(event: KubeObject): KubeObject | Failure {
  return refused(event, wrongNamespace(event, event['involvedObject']));
}

/** An event of events.k8s.io, which must say when, what and by whom, but may be about another namespace. */
export function completeNewEvent(event: KubeObject): KubeObject | Failure {
  const missing = ['eventTime', 'reportingController', 'reportingInstance', 'action', 'reason']
    .filter((field) => event[field] === undefined || event[field] === null || event[field] === '')
    .map((field) => cause('Required', field, 'Required value'));
  const { type } = event;
  const wrongType =
    type === 'Normal' || type === 'Warning'
      ? []
      : [cause('Invalid', 'type', `Invalid value: "": has invalid value: ${textOf(type)}`)];
  const { reportingController = '' } = event;
  const wrongName = keyViolations('reportingController', textOf(reportingController));
  return refused(event, [...missing, ...wrongName, ...wrongType]);
}

function refused(event: KubeObject, causes: readonly Cause[]): KubeObject | Failure {
  return causes.length === 0 ? event : invalid('Event', '', event.metadata.name, causes);
}

function wrongNamespace(event: KubeObject, about: Json | undefined): readonly Cause[] {
  const namespace = isObject(about) ? (about['namespace'] ?? '') : '';
  // An event about a cluster-scoped object lives in `default`.
  const expected = namespace === '' ? 'default' : namespace;
  if (expected === event.metadata.namespace) return [];
  const message = `Invalid value: ${quoted(namespace)}: does not match event.namespace`;
  return [cause('Invalid', 'involvedObject.namespace', message)];
}

function renamed<T>(
  fields: Readonly<Record<string, T>>,
  names: Readonly<Record<string, string>>,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [names[key] ?? key, value]));
}
