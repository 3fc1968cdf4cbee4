// The kind that the conformance suite writes: its schema has one field of each sort that the in-process server knows.
import type { Body } from './wire.ts';

const string = { type: 'string' };
const integer = { type: 'integer' };

const listByKey = (keys: readonly string[], required: readonly string[], properties: unknown) => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
  items: { type: 'object', required, properties },
});

const spec = {
  type: 'object',
  required: ['size'],
  properties: {
    size: { type: 'integer', minimum: 1, maximum: 10 },
    mode: { type: 'string', enum: ['On', 'Off'], default: 'On' },
    color: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
    tags: { type: 'array', maxItems: 3, items: string, 'x-kubernetes-list-type': 'set' },
    plain: { type: 'array', items: string },
    labels: { type: 'object', additionalProperties: string },
    atom: { type: 'object', additionalProperties: string, 'x-kubernetes-map-type': 'atomic' },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    nested: { type: 'object', default: {}, properties: { depth: { type: 'integer', default: 3 } } },
    ports: listByKey(['port', 'protocol'], ['port'], {
      port: integer,
      protocol: { type: 'string', default: 'TCP' },
      name: string,
    }),
  },
};

const status = {
  type: 'object',
  properties: {
    observed: integer,
    conditions: listByKey(['type'], ['type', 'status'], {
      type: string,
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      reason: string,
    }),
  },
};

/** The definition of a kind with the widget's schema. */
export function definitionOf(kind: string) {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec, status } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema }],
    },
  } as const;
}

/** A uid that no object has. */
export const OTHER_UID = '11111111-1111-4111-8111-111111111111';
export const GROUP = 'conformance.egressintent.io';
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** The defaults that the server adds to a spec. */
export const DEFAULTS = { mode: 'On', nested: { depth: 3 } } as const;

export const widgets = (namespace: string): string => `/apis/${GROUP}/v1/namespaces/${namespace}/widgets`;

type Fields = Readonly<Record<string, unknown>>;

export function widget(name: string, content: Fields = { size: 1 }, metadata: Fields = {}) {
  return { apiVersion: `${GROUP}/v1`, kind: 'Widget', metadata: { name, ...metadata }, spec: content };
}

export function withStatus(name: string, content: Fields) {
  return { apiVersion: `${GROUP}/v1`, kind: 'Widget', metadata: { name }, status: content };
}

/** An owner reference to an object. */
export function ownedBy({ apiVersion, kind, metadata: { name, uid } }: Body) {
  return { apiVersion, kind, name, uid };
}

export function configMap(name: string, metadata: Fields = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata } };
}
