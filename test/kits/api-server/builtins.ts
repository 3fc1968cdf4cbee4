// The kinds that need no CustomResourceDefinition. Their schemas have only the keys of lists, the defaults and the
// required fields that the tests rely on; a field that a schema does not have is kept as it is.
// Source: Kubernetes API reference v1.36.
import { completeDefinition } from './custom-resource-definition.ts';
import { notServed, type Failure } from './failure.ts';
import { equal, isObject, textOf } from './json.ts';
import { withMetadata, type KubeObject } from './kube-object.ts';
import { keyedList, objectSchema, STRING, STRING_MAP } from './metadata.ts';
import type { Resource } from './resource.ts';
import type { Schema } from './schema.ts';

function open(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, required, 'x-kubernetes-preserve-unknown-fields': true };
}

const PORT: Schema = { type: 'integer', minimum: 1, maximum: 65535 };
const PROTOCOL: Schema = { type: 'string', default: 'TCP', enum: ['TCP', 'UDP', 'SCTP'] };
const CONTAINERS = keyedList(['name'], open({ name: STRING }, ['name']));
const POD_SPEC = open({ containers: CONTAINERS, initContainers: CONTAINERS }, ['containers']);
const SERVICE_SPEC = open({
  type: { type: 'string', default: 'ClusterIP' },
  ports: keyedList(['port', 'protocol'], open({ port: PORT, protocol: PROTOCOL }, ['port'])),
  selector: { ...STRING_MAP, 'x-kubernetes-map-type': 'atomic' },
});
const STATUS = open({ conditions: keyedList(['type'], open({ type: STRING })) });
const EVENT_FIELDS = ['eventTime', 'reportingController', 'reportingInstance', 'action', 'reason', 'type'];

type Parts = Pick<Resource, 'plural' | 'kind' | 'schema'> &
  Partial<Pick<Resource, 'group' | 'namespaced' | 'hasStatus' | 'complete'>>;

function builtin({ schema, ...parts }: Parts): Resource {
  const defaults = { group: '', version: 'v1', namespaced: true, hasStatus: true, custom: false };
  return { ...defaults, ...parts, listKind: `${parts.kind}List`, schema: objectSchema(schema) };
}

export const NAMESPACES = builtin({
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  schema: open({ status: STATUS }),
  complete: completeNamespace,
});

export const DEFINITIONS = builtin({
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  group: 'apiextensions.k8s.io',
  namespaced: false,
  schema: open({}),
  complete: completeDefinition,
});

const POD = open({ spec: POD_SPEC, status: STATUS }, ['spec']);
const SERVICE = open({ spec: SERVICE_SPEC, status: STATUS }, ['spec']);
const CONFIG_MAP = open({ data: STRING_MAP });
const COORDINATION = 'coordination.k8s.io';
const EVENTS = 'events.k8s.io';
const hasStatus = false;

export const BUILTINS: readonly Resource[] = [
  NAMESPACES,
  DEFINITIONS,
  builtin({ plural: 'pods', kind: 'Pod', schema: POD, complete: completePod }),
  builtin({ plural: 'services', kind: 'Service', schema: SERVICE }),
  builtin({ plural: 'configmaps', kind: 'ConfigMap', schema: CONFIG_MAP, hasStatus }),
  builtin({ plural: 'leases', kind: 'Lease', group: COORDINATION, schema: open({}), hasStatus }),
  builtin({ plural: 'events', kind: 'Event', group: EVENTS, schema: open({}, EVENT_FIELDS), hasStatus }),
];

function completeNamespace(namespace: KubeObject): KubeObject {
  const { name, labels } = namespace.metadata;
  const labelled = withMetadata(namespace, { labels: { ...labels, 'kubernetes.io/metadata.name': name } });
  return { ...labelled, status: namespace['status'] ?? { phase: 'Active' } };
}

function completePod(pod: KubeObject, live: KubeObject | undefined): KubeObject | Failure {
  const spec = isObject(pod['spec']) ? pod['spec'] : {};
  if (textOf(spec['nodeName']) !== '') return notServed('a Pod on a node, which ends by its kubelet');
  if (live !== undefined && !equal(live['spec'], spec)) return notServed('changing the spec of a Pod');
  return { ...pod, status: pod['status'] ?? { phase: 'Pending' } };
}
