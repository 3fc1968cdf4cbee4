// What the ranges of a granted ServiceEntry take: calls to addresses within them that without intents go to Services and to hosts of others.
import type { Snapshot } from '../../../cluster/snapshot.ts';
import { namespaceOf } from '../../../domain/istio/egress-host.ts';
import { mayLackHostName } from '../../../domain/istio/registered-host.ts';
import type { LiveServiceEntry } from '../../../domain/kinds/service-entry.ts';
import { parseCidr } from '../../../domain/network.ts';
import { entryTitle } from '../followed-registration.ts';
import { allowedPorts, type Ports } from '../grant.ts';
import { registeredBy } from '../../mesh/merged-registration.ts';
import { isVisibleForeign } from '../../mesh/service-registry.ts';
import { together, type EntryDiagnostic, type FoundBeside } from '../resolution.ts';
import { coveredCluster, coveredServices } from '../risks.ts';
import { registeredWithin, type GrantedRange } from './registered-within.ts';

/** Nothing for a ServiceEntry without ranges, or of which no port of plain TCP is granted: of any other, Envoy reads the name too. */
export function takenByRanges(
  entry: LiveServiceEntry,
  host: string,
  granted: Ports,
  snapshot: Snapshot,
): FoundBeside {
  const registered = registeredBy(entry, host, snapshot);
  if (registered?.addressing !== 'range') return { targets: [], diagnostics: [] };
  const ports = allowedPorts(granted, registered)
    .filter(mayLackHostName)
    .map(({ number }) => number);
  const ranges = ports.length === 0 ? [] : rangesOf(entry);
  const covered = ranges.flatMap((cidr) => coveredByRange({ cidr, ports }, entryTitle(entry), snapshot));
  return together([
    { diagnostics: covered },
    ...ranges.map((cidr) => registeredWithin({ cidr, ports, of: entry }, snapshot)),
  ]);
}

/** The same for every ServiceEntry of a granted namespace. What it registers itself is granted anyhow, on the same ports. */
export function takenByRangesOf(
  { namespace, ports }: { readonly namespace: string; readonly ports: Ports },
  snapshot: Snapshot,
): FoundBeside {
  const taken = together(
    snapshot.cluster
      .registrations(namespace)
      .serviceEntries.filter((entry) => isVisibleForeign(entry, snapshot) && rangesOf(entry).length > 0)
      .flatMap((entry) => entry.hosts.map((host) => takenByRanges(entry, host, ports, snapshot))),
  );
  const isOwn = (host: string): boolean => namespaceOf(host) === namespace;
  return {
    targets: taken.targets.filter(({ host }) => !isOwn(host)),
    diagnostics: taken.diagnostics.filter((found) => found.code !== 'CidrTakesHost' || !isOwn(found.host)),
  };
}

const rangesOf = ({ addresses }: LiveServiceEntry): readonly GrantedRange['cidr'][] =>
  addresses.flatMap((address) => {
    const parsed = parseCidr(address);
    return parsed.ok && address.includes('/') ? [parsed.value] : [];
  });

function coveredByRange(
  { cidr, ports }: GrantedRange,
  rangeOf: string,
  snapshot: Snapshot,
): readonly EntryDiagnostic[] {
  return [...coveredCluster({ cidr }, snapshot), ...coveredServices({ cidr, ports }, snapshot)].map(
    (found) => ({ ...found, rangeOf }),
  );
}
