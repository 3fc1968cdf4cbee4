// A namespace with intents is deleted, as happens every day: Kubernetes deletes what it holds, in any order, and refuses new objects meanwhile.
import { expect } from 'vitest';
import { eventually, refOf, type KubeObject } from '../../support/cluster.ts';
import * as story from '../../support/story.ts';
import type { Begun, Stage } from './stage.ts';

const DYING = 'dying';
const APPS = ['a', 'b', 'c', 'd', 'e'];
const SIDECARS = { ...story.GENERATED.sidecars, namespace: DYING };
/** A finalizer keeps the namespace for a while. */
const KEPT: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kept', namespace: DYING, finalizers: ['example.com/kept'] },
};

export async function withDyingNamespace({ cluster, warnings }: Stage): Promise<Begun> {
  await cluster.apply(story.namespaceObject(DYING));
  await cluster.apply(KEPT);
  for (const app of APPS) {
    const { metadata, ...intent } = story.intent([story.GREEN, { host: `${app}.example.com` }], {
      name: app,
      selector: { app },
    });
    await cluster.apply(story.podObject(app, DYING, { app }));
    await cluster.apply({ ...intent, metadata: { ...metadata, namespace: DYING } });
  }
  await eventually(async () => expect(await cluster.list(SIDECARS)).toHaveLength(APPS.length));
  await cluster.remove(refOf(story.namespaceObject(DYING)));
  const get = (): Promise<KubeObject | undefined> => cluster.get(refOf(story.namespaceObject(DYING)));
  return {
    expectFelt: async () => {
      await eventually(async () => expect(await cluster.list(SIDECARS)).toEqual([]), { withinMs: 30_000 });
      expect(await get()).toMatchObject({ status: { phase: 'Terminating' } });
    },
    cure: async () => {
      await cluster.patch(refOf(KEPT), { metadata: { finalizers: null } });
      await eventually(async () => expect(await get()).toBeUndefined(), { withinMs: 30_000 });
    },
    expectAfter: () => expect(warnings()).toEqual([]),
  };
}
