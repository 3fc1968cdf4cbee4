// Fills the state of the cluster from a list of Kubernetes objects, as files or tests hold it. The controller's watches fill the same
// stores through the same table of kinds.
import { z } from 'zod';
import { API, API_GROUP } from '../domain/api-group.ts';
import { withoutNulls } from '../domain/kinds/absent.ts';
import { DEFAULT_ISTIO_NAMESPACE } from '../domain/kinds/mesh-config.ts';
import { parseWorkload, type Pod } from '../domain/kinds/pod.ts';
import type { Problem } from '../domain/problem.ts';
import { isWatchedKind, KINDS, type WatchedKind, type WatchedObjects } from './kinds.ts';
import { readObject } from './read-object.ts';
import type { Store } from './store.ts';
import { createClusterState, type ClusterState, type Stores } from './stores.ts';
import { unstartedPods } from './pods/unstarted-pods.ts';

const RawListedObject = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ namespace: z.string().optional() }).optional(),
  items: z.array(z.unknown()).optional(),
});

/**
 * Reads objects in any order, lists of objects included. Where two have the same kind, namespace and name, the last one counts. Kinds that
 * are neither watched nor workloads are skipped.
 */
export function clusterFromObjects(
  raws: readonly unknown[],
  istioNamespace = DEFAULT_ISTIO_NAMESPACE,
): ClusterState {
  const state = createClusterState(istioNamespace);
  const workloads: Pod[] = [];
  for (const raw of raws) add(raw, state.stores, workloads);
  for (const pod of unstartedPods(workloads, state.stores)) addToStore(state.stores.Pod, pod);
  return state;
}

/** Adds the pods of workloads to a list of their own, since what their namespaces say of them may be read later. */
function add(raw: unknown, stores: Stores, workloads: Pod[]): void {
  const parsed = RawListedObject.safeParse(withoutNulls(raw));
  if (!parsed.success) return;
  const { apiVersion, kind, metadata, items } = parsed.data;
  for (const item of items ?? []) add(item, stores, workloads);
  // A namespace that holds an object exists, also where its own object is not in the list.
  const holder = metadata?.namespace ?? '';
  if (holder !== '' && stores.Namespace.get('', holder) === undefined)
    addToStore(stores.Namespace, { name: holder });
  const watched = watchedKindOf(apiVersion, kind);
  if (watched !== undefined) addWatched(watched, raw, stores);
  else if (groupOf(apiVersion) !== API_GROUP) {
    const pod = parseWorkload(raw);
    if (pod !== undefined) workloads.push(pod);
  }
}

const addWatched = <K extends WatchedKind>(kind: K, raw: unknown, stores: Pick<Stores, K>): void =>
  addToStore(stores[kind], readObject<WatchedObjects[K]>(KINDS[kind], raw, undefined).value);

/** `undefined` for another version of EgressIntent too; the command that read the files reports it. */
function watchedKindOf(apiVersion: string, kind: string): WatchedKind | undefined {
  const group = groupOf(apiVersion);
  if (!isWatchedKind(kind) || group !== groupOf(KINDS[kind].apiVersion)) return undefined;
  return group !== API_GROUP || apiVersion === API ? kind : undefined;
}

/** Workloads of Kubernetes itself. Others may have a `template` that is none of pods. */
const WORKLOADS: ReadonlySet<string> = new Set([
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/Job',
  'batch/CronJob',
]);

/** Why `clusterFromObjects` cannot read an object, and so passes it over; empty for objects that it reads or that mean nothing to it. */
export function unreadableProblems(raw: unknown): readonly Problem[] {
  const parsed = RawListedObject.safeParse(withoutNulls(raw));
  if (!parsed.success) return [];
  const { apiVersion, kind } = parsed.data;
  const watched = watchedKindOf(apiVersion, kind);
  if (watched !== undefined) return KINDS[watched].parse.problemsOf(raw);
  return WORKLOADS.has(`${groupOf(apiVersion)}/${kind}`) ? parseWorkload.problemsOf(raw) : [];
}

function addToStore<T extends { readonly namespace?: string; readonly name: string }>(
  store: Store<T>,
  value: T | undefined,
): void {
  if (value === undefined) return;
  const { namespace = '', name } = value;
  store.upsert({ namespace, name, uid: '', resourceVersion: '' }, value);
}

const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
