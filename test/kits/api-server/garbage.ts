// The garbage collector: deletes an object once none of its owners exists. It runs after the write that calls for it, as
// the controller of a real cluster does.
import { equal } from './json.ts';
import { withMetadata, type KubeObject } from './kube-object.ts';
import type { Api } from './persist.ts';

/** Follows every change until the returned function is called. */
export function startCollector(api: Api): () => void {
  let scheduled: NodeJS.Immediate | undefined;
  const unsubscribe = api.store.subscribe(({ after }) => {
    if (after !== undefined && after.metadata.ownerReferences === undefined) return;
    scheduled ??= setImmediate(() => {
      scheduled = undefined;
      collect(api);
    });
  });
  return () => {
    unsubscribe();
    clearImmediate(scheduled);
  };
}

function collect({ store, registry }: Api): void {
  const all = registry
    .all()
    .flatMap((resource) =>
      store.list({ resource, namespace: undefined }).map((object) => ({ resource, object })),
    );
  const alive = new Map(all.map(({ object: { metadata } }) => [metadata.uid, metadata.namespace]));
  // An owner in another namespace does not count.
  const isAlive = (uid: string | undefined, { metadata }: KubeObject): boolean =>
    alive.has(uid) && [undefined, metadata.namespace].includes(alive.get(uid));
  for (const { resource, object } of all) {
    const { name, namespace, ownerReferences = [] } = object.metadata;
    const left = ownerReferences.filter(({ uid }) => isAlive(uid, object));
    if (equal(left, ownerReferences)) continue;
    if (left.length === 0) store.remove({ resource, namespace }, name);
    else store.put({ resource, namespace }, withMetadata(object, { ownerReferences: left }));
  }
}
