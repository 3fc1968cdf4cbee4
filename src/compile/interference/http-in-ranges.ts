// HTTP hosts that the pods may call, at addresses that a granted range covers: the range has a listener for plain TCP, which takes the calls to these
// addresses. Hosts of followed namespaces are told where the range is resolved.
import { egressHost } from '../../domain/istio/egress-host.ts';
import type { Cidr } from '../../domain/network.ts';
import { entryTitle } from '../grants/followed-registration.ts';
import { overlapsRange } from '../mesh/entry-addresses.ts';
import { followedNamespaces } from '../mesh/followed-namespaces.ts';
import { isVisibleForeign, type MeshView } from '../mesh/service-registry.ts';
import { reachableHosts, type Destination } from '../sidecar/destination.ts';
import type { AffectedHost } from './affected-host.ts';

/** One for each such host and range, about the entry of the range. */
export function httpInRanges(
  destinations: readonly Destination[],
  { registry, snapshot }: MeshView,
): readonly AffectedHost[] {
  const ranges = destinations.flatMap((destination) => rangesOf(destination, snapshot.namespace));
  if (ranges.length === 0) return [];
  const followed = followedNamespaces(snapshot);
  return reachableHosts(destinations, registry)
    .filter(({ host: { managed, namespace } }) => !managed && !followed.includes(namespace))
    .flatMap(({ host: { namespace, host }, ports }) =>
      snapshot.cluster
        .serviceEntries(namespace, host)
        .filter((entry) => isVisibleForeign(entry, snapshot))
        .flatMap((entry) =>
          ranges
            .filter(
              ({ cidr, port }) =>
                ports.some((each) => each.number === port && each.class !== 'tls' && each.class !== 'tcp') &&
                overlapsRange(entry, cidr),
            )
            .map(({ destination, cidr, port }): AffectedHost => {
              const registered = egressHost({ namespace, host });
              const serviceEntry = entryTitle(entry);
              const diagnostic = {
                code: 'CidrTakesHost',
                cidr,
                port,
                host: registered,
                serviceEntry,
              } as const;
              return { destination, host: destination.host, diagnostic };
            }),
        ),
    );
}

type Range = { readonly destination: Destination; readonly cidr: Cidr; readonly port: number };

/** The range for which the destination exists, if it does for one. */
export const rangesOf = (destination: Destination, namespace: string): readonly Range[] => {
  const [range] = destination.grants
    .flatMap(({ externals }) => externals)
    .flatMap((external) =>
      external.kind === 'cidr' && destination.host === egressHost({ namespace, host: external.host })
        ? [external]
        : [],
    );
  return range === undefined ? [] : [{ destination, cidr: range.cidr, port: range.port }];
};
