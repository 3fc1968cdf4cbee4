// A namespace is restored from a backup, part by part. As backup tools do it, every object is created again, with another uid and without status.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventually, refOf, type KubeObject, type Ref } from '../../support/cluster.ts';
import * as story from '../../support/story.ts';
import { removeNow, type Stage } from './stage.ts';

export type Part = 'intents' | 'generated' | 'pods' | 'controller';

/** Every order in which the parts can come. `controller` is its start. */
export const ORDERS: readonly (readonly Part[])[] = permutations([
  'intents',
  'generated',
  'pods',
  'controller',
]);

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) =>
    permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}

type Collection = Omit<Ref, 'name'> & { readonly kind: string };

const COLLECTIONS: Readonly<Record<Exclude<Part, 'controller'>, readonly Collection[]>> = {
  intents: [
    {
      apiVersion: 'egressintent.io/v1alpha1',
      plural: 'egressintents',
      kind: 'EgressIntent',
      namespace: 'red',
    },
  ],
  generated: [
    { ...story.GENERATED.serviceEntries, kind: 'ServiceEntry' },
    { ...story.GENERATED.sidecars, kind: 'Sidecar' },
  ],
  pods: [{ apiVersion: 'v1', plural: 'pods', kind: 'Pod', namespace: 'red' }],
};

export type Backup = Readonly<Record<Exclude<Part, 'controller'>, readonly KubeObject[]>>;

export async function backupOf({ cluster }: Stage): Promise<Backup> {
  const read = async (part: Exclude<Part, 'controller'>): Promise<readonly KubeObject[]> =>
    (
      await Promise.all(
        COLLECTIONS[part].map(async ({ kind, ...collection }) =>
          (await cluster.list(collection)).map((object) =>
            asRestored({ ...object, kind, apiVersion: collection.apiVersion }),
          ),
        ),
      )
    ).flat();
  return { intents: await read('intents'), generated: await read('generated'), pods: await read('pods') };
}

const asRestored = ({ status: _status, metadata, ...object }: KubeObject): KubeObject => {
  const { name, namespace, labels, annotations } = metadata;
  const kept = { name, ...(namespace && { namespace }), ...(labels && { labels }) };
  return { ...object, metadata: { ...kept, ...(annotations && { annotations }) } };
};

/** Removes what the backup holds, while no controller runs. */
export async function wipe({ cluster, stopController }: Stage, backup: Backup): Promise<void> {
  await stopController();
  for (const object of [...backup.intents, ...backup.pods]) await removeNow(cluster, object);
  for (const { kind: _kind, ...collection } of COLLECTIONS.generated)
    for (const { metadata } of await cluster.list(collection))
      await cluster.remove({ ...collection, name: metadata.name });
}

/** Long enough for a controller that runs to do what it does with a part. */
const MOMENT_MS = 150;

/**
 * Restores the parts in order. Returns the revision from which on no pod may open: that at which intents and generated objects are both there and no
 * controller has run yet; `undefined` if one runs before, for it takes generated objects without an intent for ones whose intent was deleted.
 */
export async function restore(
  stage: Stage,
  backup: Backup,
  order: readonly Part[],
): Promise<number | undefined> {
  let restrictedSince: number | undefined;
  const restored = new Set<Part>();
  for (const part of order) {
    if (part === 'controller') await stage.start();
    else for (const object of backup[part]) await createIfNew(stage, object);
    restored.add(part);
    const isWhole = restored.has('intents') && restored.has('generated') && !restored.has('controller');
    if (isWhole) restrictedSince ??= await stage.kubernetes.history.revision();
    await sleep(MOMENT_MS);
  }
  return restrictedSince;
}

/** The controller may have created it meanwhile. */
async function createIfNew({ cluster }: Stage, object: KubeObject): Promise<void> {
  if ((await cluster.get(refOf(object))) === undefined)
    await eventually(async () => expect(await cluster.create(object)).toBeDefined());
}
