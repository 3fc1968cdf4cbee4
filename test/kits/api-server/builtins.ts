// The kinds that are there without a CustomResourceDefinition. There are no nodes, no workloads above Pods and no RBAC.
import {
  CONFIG_MAP,
  CORE_EVENT,
  CUSTOM_RESOURCE_DEFINITION,
  ENDPOINT_SLICE,
  LEASE,
  NAMESPACE,
  POD,
  SERVICE,
} from './builtin-schemas.ts';
import { completeDefinition } from './custom-resource-definition.ts';
import { completeCoreEvent, completeNewEvent, newEventSchema, toCoreEvent, toNewEvent } from './events.ts';
import { isObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { completePod, gracePeriodOf } from './pods.ts';
import { tableName, type Behaviour, type Resource } from './resource.ts';
import type { Schema } from './schema.ts';
import type { ClusterIps } from './services.ts';

export const NAMESPACES = 'namespaces';
export const SERVICES = 'services';
export const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

type Parts = {
  readonly plural: string;
  readonly shortName?: string;
  readonly kind: string;
  readonly group?: string;
  readonly table?: string;
  readonly namespaced?: boolean;
  readonly hasStatus?: boolean;
  readonly schema: Schema;
  readonly behaviour?: Behaviour;
};

const EVENT = { plural: 'events', shortName: 'ev', kind: 'Event', table: 'events' };
const EVENT_RULES: Behaviour = { unconditionalUpdate: true, createsOnUpdate: true };

/** Those that need nothing but the request. */
const STATIC: readonly Parts[] = [
  {
    plural: NAMESPACES,
    shortName: 'ns',
    kind: 'Namespace',
    namespaced: false,
    hasStatus: true,
    schema: NAMESPACE,
    behaviour: { unconditionalUpdate: true, returnsDeleted: true, complete: completeNamespace },
  },
  {
    plural: 'configmaps',
    shortName: 'cm',
    kind: 'ConfigMap',
    schema: CONFIG_MAP,
    behaviour: { unconditionalUpdate: true },
  },
  {
    plural: 'pods',
    shortName: 'po',
    kind: 'Pod',
    hasStatus: true,
    schema: POD,
    behaviour: {
      countsGenerations: true,
      unconditionalUpdate: true,
      returnsDeleted: true,
      gracePeriod: gracePeriodOf,
      complete: completePod,
    },
  },
  {
    plural: 'endpointslices',
    kind: 'EndpointSlice',
    group: 'discovery.k8s.io',
    schema: ENDPOINT_SLICE,
    behaviour: { countsGenerations: true, unconditionalUpdate: true },
  },
  {
    plural: 'leases',
    kind: 'Lease',
    group: 'coordination.k8s.io',
    schema: LEASE,
    behaviour: { createsOnUpdate: true },
  },
  { ...EVENT, schema: CORE_EVENT, behaviour: { ...EVENT_RULES, complete: completeCoreEvent } },
  {
    ...EVENT,
    group: 'events.k8s.io',
    schema: newEventSchema(CORE_EVENT),
    behaviour: { ...EVENT_RULES, complete: completeNewEvent, wire: { read: toCoreEvent, write: toNewEvent } },
  },
];

/** Every built-in resource. `now` gives the time in the form of the API. */
export function builtinResources(clusterIps: ClusterIps, now: () => string): readonly Resource[] {
  const services: Parts = {
    plural: SERVICES,
    shortName: 'svc',
    kind: 'Service',
    hasStatus: true,
    schema: SERVICE,
    behaviour: {
      unconditionalUpdate: true,
      createsOnUpdate: true,
      returnsDeleted: true,
      complete: clusterIps.complete,
    },
  };
  const definitions: Parts = {
    plural: 'customresourcedefinitions',
    shortName: 'crd',
    kind: 'CustomResourceDefinition',
    group: 'apiextensions.k8s.io',
    namespaced: false,
    hasStatus: true,
    schema: CUSTOM_RESOURCE_DEFINITION,
    behaviour: {
      countsGenerations: true,
      returnsDeleted: true,
      complete: (definition) => completeDefinition(definition, now()),
    },
  };
  return [...STATIC, services, definitions].map(builtin);
}

function builtin(parts: Parts): Resource {
  const { plural, kind, group = '', namespaced = true, hasStatus = false, schema, behaviour = {} } = parts;
  return {
    group,
    version: 'v1',
    plural,
    singular: kind.toLowerCase(),
    kind,
    listKind: `${kind}List`,
    shortNames: parts.shortName === undefined ? [] : [parts.shortName],
    namespaced,
    table: parts.table ?? tableName(plural, group),
    schema,
    hasStatus,
    custom: false,
    behaviour,
  };
}

function completeNamespace(namespace: KubeObject): KubeObject {
  const { name, labels } = namespace.metadata;
  return {
    ...namespace,
    metadata: { ...namespace.metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } },
    spec: isObject(namespace['spec']) ? namespace['spec'] : { finalizers: ['kubernetes'] },
    status: isObject(namespace['status']) ? namespace['status'] : { phase: 'Active' },
  };
}
