// What the server serves: the description of a resource in one version, and the registry where requests find it.
import type { Failure, Subject } from './failure.ts';
import type { KubeObject } from './kube-object.ts';
import type { Schema } from './schema.ts';

/** One resource in one version. Its versions share a table: their objects are the same. */
export type Resource = Subject & {
  readonly version: string;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** The name of the table that holds the objects, such as `sidecars.networking.istio.io`. */
  readonly table: string;
  /** The schema of the whole object, metadata included. */
  readonly schema: Schema;
  /** Whether the status is written by the endpoint `/status` only. */
  readonly hasStatus: boolean;
  /** Whether a CustomResourceDefinition made it; custom and built-in resources are told apart in small things. */
  readonly custom: boolean;
  readonly behaviour: Behaviour;
};

/** In what the kinds differ. What is absent is `false`, or does nothing. */
export type Behaviour = {
  /** Counts the changes of what the user wants, in `metadata.generation`. */
  readonly countsGenerations?: boolean;
  /** A PUT without a resourceVersion replaces whatever is there. */
  readonly unconditionalUpdate?: boolean;
  /** A PUT to a name that does not exist creates it. */
  readonly createsOnUpdate?: boolean;
  /** A deletion answers with the object, not with a `Status`. */
  readonly returnsDeleted?: boolean;
  /** How long a deleted object lives on, in seconds. `asked`: what the request wants. Absent: not at all. */
  readonly gracePeriod?: (object: KubeObject, asked: number | undefined) => number;
  /** Fills in what the server decides, and checks what the schema cannot say. `live` is absent for a create. */
  readonly complete?: (object: KubeObject, live: KubeObject | undefined) => KubeObject | Failure;
  /** The other form that this version has on the wire. */
  readonly wire?: {
    readonly read: (object: KubeObject) => KubeObject;
    readonly write: (object: KubeObject) => KubeObject;
  };
};

export type Registry = {
  /** The resource of a path, or `undefined` where nothing of the kind is served. */
  readonly find: (group: string, version: string, plural: string) => Resource | undefined;
  readonly serves: (group: string, version: string) => boolean;
  /** Everything that is served, in the order in which it came. */
  readonly all: () => readonly Resource[];
  /** Serves these in place of all that had the same table; none: the table is served no more. */
  readonly install: (table: string, resources: readonly Resource[]) => void;
};

export function createRegistry(): Registry {
  const tables = new Map<string, readonly Resource[]>();
  let byPath = new Map<string, Resource>();
  const groupVersions = (): readonly string[] =>
    [...byPath.values()].map(({ group, version }) => `${group}/${version}`);
  return {
    find: (group, version, plural) => byPath.get(pathOf(group, version, plural)),
    serves: (group, version) => groupVersions().includes(`${group}/${version}`),
    all: () => [...byPath.values()],
    install: (table, resources) => {
      tables.set(table, resources);
      byPath = new Map(
        [...tables.values()].flat().map((each) => [pathOf(each.group, each.version, each.plural), each]),
      );
    },
  };
}

/** `apiVersion` of the resource's objects. */
export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

export function tableName(plural: string, group: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function pathOf(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}
