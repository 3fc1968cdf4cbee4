// The generated objects as they are written, and whether a live object equals one. Knows nothing about order.
import { isDeepStrictEqual } from 'node:util';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { isEmpty, type Labels } from '../domain/labels.ts';
import { INTENTS, intentsText, MANAGED_BY, MANAGER } from '../domain/kinds/live-object.ts';
import {
  ISTIO_API_VERSION,
  type LiveObject,
  type ServiceEntryManifest,
  type Manifest,
  type SidecarManifest,
} from '../domain/kinds/manifest.ts';
import type { ServiceEntrySpec } from '../domain/kinds/service-entry.ts';
import type { DesiredServiceEntry, DesiredSidecar } from '../compile/desired.ts';
import { DEFINITION } from '../compile/lost-intents.ts';

/**
 * The object to write for a desired Sidecar, under the name from `chooseNames` and with the uid of the live object, if any. `definition` is
 * that of `definitionOf`.
 */
export function sidecarManifest(
  namespace: string,
  name: string,
  { scope, spec, platformHosts }: DesiredSidecar,
  live?: LiveObject,
  definition = '',
): SidecarManifest {
  return {
    apiVersion: ISTIO_API_VERSION,
    kind: 'Sidecar',
    metadata: {
      ...metadata(namespace, name, live),
      ...annotations(scope.intents, [
        [DEFINITION, definition],
        [PLATFORM_HOSTS, platformHosts.map(({ host, reason }) => `${host}: ${reason}`).join('; ')],
      ]),
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

/** The contributing intents, and what else has a value. */
function annotations(
  intents: readonly Intent[],
  others: readonly (readonly [string, string])[],
): Pick<Manifest['metadata'], 'annotations'> {
  const present = [[INTENTS, intentsText(intents)] as const, ...others].filter(([, value]) => value !== '');
  return present.length === 0 ? {} : { annotations: Object.fromEntries(present) };
}

/** The object to write for a desired ServiceEntry; with the uid of the live object, if any. `definition` is that of `definitionOf`. */
export function serviceEntryManifest(
  namespace: string,
  { name, spec, intents }: DesiredServiceEntry,
  live?: LiveObject,
  definition = '',
): ServiceEntryManifest {
  return {
    apiVersion: ISTIO_API_VERSION,
    kind: 'ServiceEntry',
    metadata: {
      ...metadata(namespace, name, live),
      ...annotations(intents, [
        [DEFINITION, definition],
        [ANALYZE_SUPPRESS, suppressedMessages(spec)],
      ]),
    },
    spec,
  };
}

/** A manifest that nobody manages: labels and annotations only where there are any. */
type Unmanaged = Omit<Manifest, 'metadata'> & {
  readonly metadata: Omit<Manifest['metadata'], 'labels'> & { readonly labels?: Labels };
};

/**
 * The object for a cluster in which no controller is to take it over: without the label and the annotations by which the controller knows
 * what it manages.
 */
export function unmanaged(manifest: Manifest): Unmanaged {
  const { labels, annotations: annotated = {}, ...rest } = manifest.metadata;
  const { [MANAGED_BY]: _label, ...otherLabels } = labels;
  const { [INTENTS]: _intents, [DEFINITION]: _definition, ...others } = annotated;
  const kept = Object.keys(others).length === 0 ? {} : { annotations: others };
  const labelled = isEmpty(otherLabels) ? {} : { labels: otherLabels };
  return { ...manifest, metadata: { ...rest, ...labelled, ...kept } };
}

/**
 * Whether the live object equals the manifest: the same spec, the managed-by label, the annotations that we set, no intent as owner and no
 * label that istiod obeys. Other labels, annotations and owners are ignored.
 */
export function matchesLive(manifest: Manifest, live: LiveObject): boolean {
  const expected = manifest.metadata.annotations ?? {};
  return (
    live.labels[MANAGED_BY] === MANAGER &&
    live.istioLabels.length === 0 &&
    !live.ownedByIntent &&
    OWN_ANNOTATIONS.every((key) => live.annotations[key] === expected[key]) &&
    Object.entries(expected).every(([key, value]) => live.annotations[key] === value) &&
    isDeepStrictEqual(live.spec, manifest.spec)
  );
}

/** Nobody else sets them, so one that is not expected is removed. */
const OWN_ANNOTATIONS = [INTENTS, DEFINITION, PLATFORM_HOSTS] as const;

const metadata = (
  namespace: string,
  name: string,
  live: LiveObject | undefined,
): Omit<Manifest['metadata'], 'annotations'> => ({
  name,
  namespace,
  labels: { [MANAGED_BY]: MANAGER },
  ...(live === undefined ? {} : { uid: live.uid }),
});
