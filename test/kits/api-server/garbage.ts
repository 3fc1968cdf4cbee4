// The two controllers without which a cluster would fill up: objects go once all their owners are gone, and deleted
// namespaces are emptied. Both run after the write that calls for them, as the real ones do.
import type { Api } from './api.ts';
import { DEFINITIONS, NAMESPACES } from './builtins.ts';
import { isFailure } from './failure.ts';
import { keyOf, withMetadata, type KubeObject, type OwnerReference } from './kube-object.ts';
import { remove } from './remove.ts';
import type { Resource } from './resource.ts';
import type { Change, Revision } from './store.ts';

type Location = { readonly table: string; readonly key: string };

export type Collector = { readonly stop: () => void };

/** Watches every change. `owners: false` leaves objects alone when their owners go; namespaces are always emptied. */
export function startCollector(api: Api, { owners }: { readonly owners: boolean }): Collector {
  /** The namespace of each live object; '' for those without one. */
  const alive = new Map<string, string>();
  const dependents = new Map<string, Map<string, Location>>();
  const suspects = new Map<string, Location>();
  const ending = new Set<string>();
  let scheduled: NodeJS.Immediate | undefined;

  const run = (): void => {
    scheduled = undefined;
    const due = [...suspects.values()];
    suspects.clear();
    if (owners) for (const each of due) collect(api, each, (owner, object) => isAlive(alive, owner, object));
    for (const namespace of ending) if (emptied(api, namespace)) ending.delete(namespace);
  };
  const schedule = (): void => {
    scheduled ??= setImmediate(run);
  };
  const unsubscribe = api.store.subscribe((change) => {
    const { table, before, after } = change;
    index(change, alive, dependents);
    const revision = after ?? before;
    if (revision === undefined) return;
    if (after?.object.metadata.ownerReferences !== undefined) suspect(suspects, { table, key: after.key });
    if (after === undefined)
      for (const each of dependents.get(uidOf(revision))?.values() ?? []) suspect(suspects, each);
    if (table === NAMESPACES && after?.object.metadata.deletionTimestamp !== undefined)
      ending.add(after.object.metadata.name);
    if (suspects.size > 0 || ending.size > 0) schedule();
  });
  return {
    stop: () => {
      unsubscribe();
      clearImmediate(scheduled);
    },
  };
}

function index(
  { table, before, after }: Change,
  alive: Map<string, string>,
  dependents: Map<string, Map<string, Location>>,
): void {
  for (const { uid = '' } of before?.object.metadata.ownerReferences ?? []) {
    const known = dependents.get(uid);
    known?.delete(`${table}/${before?.key}`);
    if (known?.size === 0) dependents.delete(uid);
  }
  if (after === undefined) {
    if (before !== undefined) alive.delete(uidOf(before));
    return;
  }
  alive.set(uidOf(after), after.object.metadata.namespace ?? '');
  for (const { uid = '' } of after.object.metadata.ownerReferences ?? []) {
    const known = dependents.get(uid) ?? new Map<string, Location>();
    dependents.set(uid, known.set(`${table}/${after.key}`, { table, key: after.key }));
  }
}

function uidOf({ object }: Revision): string {
  return object.metadata.uid ?? '';
}

function suspect(suspects: Map<string, Location>, location: Location): void {
  suspects.set(`${location.table}/${location.key}`, location);
}

/** An owner in another namespace is no owner. */
function isAlive(
  alive: ReadonlyMap<string, string>,
  { uid = '' }: OwnerReference,
  object: KubeObject,
): boolean {
  const home = alive.get(uid);
  return home !== undefined && (home === '' || home === object.metadata.namespace);
}

/** Removes the object if it has no owner left, and else the references to owners that are gone. */
function collect(
  api: Api,
  { table, key }: Location,
  lives: (owner: OwnerReference, object: KubeObject) => boolean,
): void {
  const revision = api.store.get(table, key);
  const resource = api.registry.all().find((each) => each.table === table);
  if (revision === undefined || resource === undefined) return;
  const { object } = revision;
  const { ownerReferences = [] } = object.metadata;
  const left = ownerReferences.filter((owner) => lives(owner, object));
  if (left.length === ownerReferences.length) return;
  if (left.length === 0) discard(api, resource, object);
  else api.store.put(table, key, withMetadata(object, { ownerReferences: left }));
}

function discard(api: Api, resource: Resource, { metadata }: KubeObject): void {
  const { namespace, name, deletionTimestamp } = metadata;
  if (deletionTimestamp !== undefined) return;
  const result = remove(api, { resource, namespace, name, status: false }, { dryRun: false });
  if (isFailure(result)) throw new Error(`cannot collect ${resource.plural} ${name}: ${result.message}`);
}

/** Deletes what is left in the namespace, and the namespace with the last of it; tells whether it is gone. */
function emptied(api: Api, namespace: string): boolean {
  const tables = new Map(
    api.registry
      .all()
      .filter(({ namespaced }) => namespaced)
      .map((each) => [each.table, each]),
  );
  const left = (table: string): readonly Revision[] =>
    (api.store.list(table) ?? []).filter(({ object }) => object.metadata.namespace === namespace);
  for (const [table, resource] of tables)
    for (const { object } of left(table)) discard(api, resource, object);
  if ([...tables.keys()].some((table) => left(table).length > 0)) return false;
  api.store.remove(NAMESPACES, keyOf(undefined, namespace));
  return true;
}

/** Serves the kinds of the definitions that come, and clears away what is left of those that go. */
export function followDefinitions(
  api: Api,
  resourcesOf: (definition: KubeObject) => readonly Resource[],
): () => void {
  return api.store.subscribe(({ table, before, after }) => {
    if (table !== DEFINITIONS) return;
    const kinds = (after ?? before)?.key ?? '';
    if (after === undefined) {
      for (const { key } of api.store.list(kinds) ?? []) api.store.remove(kinds, key);
      api.registry.install(kinds, []);
      return;
    }
    if (before === undefined) api.store.forget(kinds);
    api.registry.install(kinds, resourcesOf(after.object));
  });
}
