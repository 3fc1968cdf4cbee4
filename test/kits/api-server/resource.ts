// The resources that the server serves: their description, and the registry in which requests find them.
import type { Failure, Subject } from './failure.ts';
import type { KubeObject } from './kube-object.ts';
import type { Schema } from './schema.ts';

/** A resource in its one version. */
export type Resource = Subject & {
  readonly version: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  /** The schema of the whole object, metadata included. */
  readonly schema: Schema;
  /** Whether only the endpoint `/status` writes the status. */
  readonly hasStatus: boolean;
  /** Whether it comes from a CustomResourceDefinition. */
  readonly custom: boolean;
  /** Adds what the server decides, and checks what the schema cannot express. `live` is absent for a create. */
  readonly complete?: (object: KubeObject, live: KubeObject | undefined) => KubeObject | Failure;
};

export type Registry = {
  readonly find: (group: string, version: string, plural: string) => Resource | undefined;
  readonly all: () => readonly Resource[];
  /** Serves the resource, in place of an older one with the same path. */
  readonly install: (resource: Resource) => void;
};

export function createRegistry(): Registry {
  const resources = new Map<string, Resource>();
  return {
    find: (group, version, plural) => resources.get(`${group}/${version}/${plural}`),
    all: () => [...resources.values()],
    install: (resource) => {
      resources.set(`${resource.group}/${resource.version}/${resource.plural}`, resource);
    },
  };
}

/** `apiVersion` of the resource's objects. */
export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}
