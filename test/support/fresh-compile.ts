// What a compilation from nothing says a cluster should hold, and what it holds.
import { KINDS, WATCHED_KINDS } from '../../src/cluster/kinds.ts';
import { MANAGED_BY, MANAGER } from '../../src/domain/kinds/live-object.ts';
import { type Cluster, type KubeObject } from './cluster.ts';
import { compiled } from './compiler.ts';

/** The generated objects of a cluster without their names, which depend on the past, in order. */
export type Generated = readonly string[];

export type EndState = { readonly standing: Generated; readonly compiled: Generated };

/** Reads the cluster now. Equal once a controller has done all that is to do. */
export async function endStateOf(cluster: Cluster): Promise<EndState> {
  const objects = await everyObject(cluster);
  const managed = objects.filter(isManaged);
  const others = objects.filter((object) => !isManaged(object));
  const namespaces = new Set(
    others.flatMap(({ kind, metadata }) => (kind === 'EgressIntent' ? [metadata.namespace ?? ''] : [])),
  );
  const manifests = [...namespaces].flatMap((namespace) => compiled(others, namespace).manifests);
  const last = new Map(
    manifests.map((each) => [`${each.kind}/${each.metadata.namespace}/${each.metadata.name}`, each]),
  );
  return { standing: texts(managed), compiled: texts([...last.values()]) };
}

type Described = {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly spec?: unknown;
};

const texts = (objects: readonly Described[]): Generated =>
  objects
    .map(({ kind, metadata, spec }) => `${kind} ${metadata.namespace} ${JSON.stringify(sorted(spec))}`)
    .toSorted();

/** With the fields of each object in order of name. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
};

const isManaged = ({ kind, metadata }: KubeObject): boolean =>
  (kind === 'Sidecar' || kind === 'ServiceEntry') && metadata.labels?.[MANAGED_BY] === MANAGER;

/** Every object of the watched kinds. A kind that the API server does not know has none. */
async function everyObject(cluster: Cluster): Promise<readonly KubeObject[]> {
  // The pods on the network of a node are among the pods.
  const kinds = WATCHED_KINDS.filter((kind) => kind !== 'HostNetworkPod');
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const { apiVersion, plural } = KINDS[kind];
      const items = await cluster.list({ apiVersion, plural }).catch((error: unknown) => {
        if (KINDS[kind].optional === true) return [];
        throw error;
      });
      return items.map((object) => ({ ...object, apiVersion, kind }));
    }),
  );
  return lists.flat();
}
