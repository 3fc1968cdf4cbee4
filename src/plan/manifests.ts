// The generated objects as they are written, and whether a live object equals one. Knows nothing about order.
import { isDeepStrictEqual } from 'node:util';
import { API, KIND } from '../domain/api-group.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { MANAGED_BY, MANAGER } from '../domain/kinds/live-object.ts';
import { sortedSet } from '../domain/order.ts';
import {
  ISTIO_API_VERSION,
  type LiveObject,
  type ServiceEntryManifest,
  type Manifest,
  type OwnerReference,
  type SidecarManifest,
} from '../domain/kinds/manifest.ts';
import type { ServiceEntrySpec } from '../domain/kinds/service-entry.ts';
import type { DesiredServiceEntry, DesiredSidecar } from '../compile/desired.ts';

/** The object to write for a desired Sidecar, under the name from `chooseNames` and with the uid of the live object, if any. */
export function sidecarManifest(
  namespace: string,
  name: string,
  { scope, spec, platformHosts }: DesiredSidecar,
  live?: LiveObject,
): SidecarManifest {
  return {
    apiVersion: ISTIO_API_VERSION,
    kind: 'Sidecar',
    metadata: {
      ...metadata(namespace, name, scope.intents, live),
      ...annotated(PLATFORM_HOSTS, platformHosts.map(({ host, reason }) => `${host}: ${reason}`).join('; ')),
    },
    spec,
  };
}

/** The annotation that gives, for each listed host that no intent grants, the reason. */
export const PLATFORM_HOSTS = 'egressintent.io/platform-hosts';

/** Istio's annotation for the messages that `istioctl analyze` leaves out for the object. */
export const ANALYZE_SUPPRESS = 'galley.istio.io/analyze-suppress';

/** `Virtual IP addresses are required for ports serving TCP`, which Istio reports even where the mesh allocates them. */
const ADDRESSES_REQUIRED = 'IST0134';

/** TCP without an address is written only where it is safe (see `TcpHostNeedsAddress`), so the warning would be wrong. */
const suppressedMessages = ({ addresses, ports }: ServiceEntrySpec): string =>
  addresses === undefined && ports.some(({ protocol }) => protocol === 'TCP') ? ADDRESSES_REQUIRED : '';

/** One annotation; none for an empty value. */
const annotated = (key: string, value: string): Pick<Manifest['metadata'], 'annotations'> =>
  value === '' ? {} : { annotations: { [key]: value } };

/** The object to write for a desired ServiceEntry; with the uid of the live object, if any. */
export function serviceEntryManifest(
  namespace: string,
  { name, spec, intents }: DesiredServiceEntry,
  live?: LiveObject,
): ServiceEntryManifest {
  return {
    apiVersion: ISTIO_API_VERSION,
    kind: 'ServiceEntry',
    metadata: {
      ...metadata(namespace, name, intents, live),
      ...annotated(ANALYZE_SUPPRESS, suppressedMessages(spec)),
    },
    spec,
  };
}

/**
 * Whether the live object equals the manifest: the same spec, the managed-by label, the annotations that we set, and the same intents as owners. Other
 * labels, annotations and owners are ignored.
 */
export function matchesLive(manifest: Manifest, live: LiveObject): boolean {
  const owners = (manifest.metadata.ownerReferences ?? []).map(({ uid }) => uid);
  const annotations = manifest.metadata.annotations ?? {};
  return (
    live.labels[MANAGED_BY] === MANAGER &&
    live.annotations[PLATFORM_HOSTS] === annotations[PLATFORM_HOSTS] &&
    Object.entries(annotations).every(([key, value]) => live.annotations[key] === value) &&
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

/** Every contributing intent is an owner: the garbage collector deletes the object with the last one, even while the controller is down. */
const ownerReference = ({ name, uid }: Intent): OwnerReference => ({
  apiVersion: API,
  kind: KIND,
  name,
  uid,
});
