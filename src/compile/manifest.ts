// Generated objects as they are written, and whether one stands already.
import { isDeepStrictEqual } from 'node:util';
import { API, KIND } from '../domain/api.ts';
import type { Intent } from '../domain/intent.ts';
import { ISTIO_API_VERSION, MANAGED_BY, MANAGER, type LiveObject } from '../domain/istio.ts';
import type {
  DesiredServiceEntry,
  DesiredSidecar,
  EntryManifest,
  Manifest,
  OwnerReference,
  PlatformHost,
  SidecarManifest,
} from '../domain/model.ts';
import { sortedSet } from '../domain/order.ts';

/** The object to write for a desired Sidecar under the name that was chosen for it. */
export function sidecarManifest(
  namespace: string,
  name: string,
  { scope, spec, platform }: DesiredSidecar,
  live?: LiveObject,
): SidecarManifest {
  return {
    apiVersion: ISTIO_API_VERSION,
    kind: 'Sidecar',
    metadata: { ...metadata(namespace, name, scope.intents, live), ...annotations(platform) },
    spec,
  };
}

/** Why the object lists what no intent grants, for whoever reads it. */
export const PLATFORM_HOSTS = 'egressintent.io/platform-hosts';

const annotations = (platform: readonly PlatformHost[]): Pick<Manifest['metadata'], 'annotations'> =>
  platform.length === 0
    ? {}
    : {
        annotations: {
          [PLATFORM_HOSTS]: platform.map(({ host, because }) => `${host}: ${because}`).join('; '),
        },
      };

export function serviceEntryManifest(
  namespace: string,
  { name, spec, intents }: DesiredServiceEntry,
  live?: LiveObject,
): EntryManifest {
  return {
    apiVersion: ISTIO_API_VERSION,
    kind: 'ServiceEntry',
    metadata: metadata(namespace, name, intents, live),
    spec,
  };
}

/**
 * Whether the live object is already as the manifest says: the same spec, our label, our annotation, and the same intents as
 * owners. Other labels, annotations and owners are not ours to judge.
 */
export function stands(manifest: Manifest, live: LiveObject): boolean {
  const owners = (manifest.metadata.ownerReferences ?? []).map(({ uid }) => uid);
  return (
    live.labels[MANAGED_BY] === MANAGER &&
    live.annotations[PLATFORM_HOSTS] === manifest.metadata.annotations?.[PLATFORM_HOSTS] &&
    isDeepStrictEqual(live.spec, manifest.spec) &&
    isDeepStrictEqual(sortedSet(live.owners), sortedSet(owners))
  );
}

function metadata(
  namespace: string,
  name: string,
  intents: readonly Intent[],
  live: LiveObject | undefined,
): Manifest['metadata'] {
  const ownerReferences = intents.filter(({ uid }) => uid !== '').map(ownerReference);
  return {
    name,
    namespace,
    labels: { [MANAGED_BY]: MANAGER },
    ...(ownerReferences.length === 0 ? {} : { ownerReferences }),
    ...(live === undefined ? {} : { uid: live.uid }),
  };
}

/** Every contributing intent is an owner, so that the garbage collector cleans up behind the last one while we are down. */
const ownerReference = ({ name, uid }: Intent): OwnerReference => ({
  apiVersion: API,
  kind: KIND,
  name,
  uid,
});
