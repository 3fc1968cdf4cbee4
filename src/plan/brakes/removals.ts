// Which objects a draft deletes or narrows: afterwards, some pod may reach less of what its Sidecar lists, or is restricted by none.
import { isBelow } from '../../domain/istio/egress-host.ts';
import type { SidecarManifest } from '../../domain/kinds/manifest.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../../domain/kinds/sidecar.ts';
import { objectOf, type DraftStep, type Step } from '../steps.ts';

/** The ids of the objects. `serviceEntries` are the live ones. */
export function removalsOf(
  steps: readonly DraftStep[],
  serviceEntries: readonly LiveServiceEntry[],
): ReadonlySet<string> {
  const live = new Map(serviceEntries.map((entry) => [entry.name, entry]));
  return new Set(steps.flatMap(({ step }) => (isRemoval(step, live) ? [objectOf(step)] : [])));
}

function isRemoval(step: Step, entries: ReadonlyMap<string, LiveServiceEntry>): boolean {
  if (step.kind === 'delete') return true;
  const { manifest, standing = [] } = step;
  if (manifest.kind === 'Sidecar') return isNarrower(manifest.spec.egress, standing);
  const before = entries.get(manifest.metadata.name);
  if (before === undefined || step.verb === 'create') return false;
  const hosts = new Set<string>(manifest.spec.hosts);
  const ports = new Set(manifest.spec.ports.map(({ number }) => number));
  return (
    before.hosts.some((host) => !hosts.has(host)) || before.ports.some(({ number }) => !ports.has(number))
  );
}

type Listener = LiveSidecar['egress'][number];

/** Whether the old listeners allow a host on a port that no new one does. A listener without a port serves every port. */
const isNarrower = (now: SidecarManifest['spec']['egress'], before: readonly Listener[]): boolean =>
  before.some(({ port, hosts }) => hosts.some((host) => !host.startsWith('~') && !isListed(now, port, host)));

/** True if a listener lets calls for the host through on the port, or on every port if that is absent. A host may be a wildcard. */
export const isListed = (egress: readonly Listener[], port: Listener['port'], host: string): boolean =>
  egress.some(
    (listener) =>
      (listener.port === undefined || listener.port.number === port?.number) &&
      listener.hosts.some((each) => isBelow(each, host)),
  );
