// The part of a Sidecar that is written where the whole is refused and nothing of ours governs its pods: a smaller list, never a larger one.
import type { EgressListener, SidecarSpec } from '../domain/kinds/sidecar.ts';

/** A listed host that may be left out. */
export type Listing = { readonly listener: EgressListener; readonly host: string };

/** Every listed host, without the exclusions: to leave one of those out would allow more. */
export const listingsOf = ({ egress }: SidecarSpec): readonly Listing[] =>
  egress.flatMap((listener) =>
    listener.hosts.filter((host) => !isExclusion(host)).map((host): Listing => ({ listener, host })),
  );

const isExclusion = (host: string): boolean => host.startsWith('~');

/** Lists nothing. Without a listener, or with one without hosts, Istio would import the whole mesh. */
const NOTHING: EgressListener = { hosts: ['~/*'] };

/**
 * The Sidecar with the given listings only. A listener for a port that loses all of them is left out, and so is then the one without a port:
 * it would serve that port too, with hosts that nobody asked for there.
 */
export function partialSpec(spec: SidecarSpec, kept: readonly Listing[]): SidecarSpec {
  const keptHosts = Map.groupBy(kept, ({ listener }) => listener);
  const parts = spec.egress.map((listener): EgressListener => {
    const hosts = new Set((keptHosts.get(listener) ?? []).map(({ host }) => host));
    const isLeftOut = hosts.size === 0 && listener.hosts.some((host) => !isExclusion(host));
    return isLeftOut
      ? { ...listener, hosts: [] }
      : { ...listener, hosts: listener.hosts.filter((host) => isExclusion(host) || hosts.has(host)) };
  });
  const isPortLost = parts.some(({ port, hosts }) => port !== undefined && hosts.length === 0);
  const egress = parts.filter(({ port, hosts }) => hosts.length > 0 && (port !== undefined || !isPortLost));
  return { ...spec, egress: egress.length === 0 ? [NOTHING] : egress };
}

/**
 * Searches the largest part of a list that is accepted, where the whole is refused. Yields the parts to try, at most `tries`, and is told
 * whether each is accepted. The result was accepted, or is empty. With one bad item among at most 2^(tries-1), all others are kept.
 */
export function* largestPart<T>(
  all: readonly T[],
  tries: number,
): Generator<readonly T[], readonly T[], boolean> {
  const kept: T[] = [];
  let rest = all;
  let left = tries;
  while (rest.length > 0) {
    let accepted = 0;
    let refused = rest.length;
    while (refused - accepted > 1) {
      if (left === 0) return [...kept, ...rest.slice(0, accepted)];
      left -= 1;
      const middle = Math.floor((accepted + refused) / 2);
      if (yield [...kept, ...rest.slice(0, middle)]) accepted = middle;
      else refused = middle;
    }
    kept.push(...rest.slice(0, accepted));
    rest = rest.slice(refused);
    if (rest.length === 0 || left === 0) return kept;
    left -= 1;
    if (yield [...kept, ...rest]) return [...kept, ...rest];
  }
  return kept;
}

/** The hosts of a Sidecar that the standing one does not list, in order of the listeners, each once. */
export function hostsLeftOut(
  { egress }: SidecarSpec,
  standing: readonly { readonly hosts: readonly string[] }[],
): readonly string[] {
  const listed = new Set(standing.flatMap(({ hosts }) => hosts));
  return [...new Set(egress.flatMap(({ hosts }) => hosts))].filter((host) => !listed.has(host));
}
