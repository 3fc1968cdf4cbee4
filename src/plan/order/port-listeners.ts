// The listeners of Sidecars for one port, and whether two Sidecars have the same one for a port of a host.
import { normalised } from '../../domain/istio/imported-hosts.ts';
import type { LiveSidecar } from '../../domain/kinds/sidecar.ts';
import { sortedSet } from '../../domain/order.ts';

export type PortListeners = {
  /** True if the first has a listener for the port that names the host, and the second has not the same. */
  readonly differ: (
    egress: LiveSidecar['egress'],
    other: LiveSidecar['egress'],
    host: string,
    port: number,
  ) => boolean;
};

/** Looks at the hosts of each Sidecar once. */
export function createPortListeners(): PortListeners {
  const known = new Map<LiveSidecar['egress'], ReadonlyMap<number, ListenerForPort>>();
  const byPort = (egress: LiveSidecar['egress']): ReadonlyMap<number, ListenerForPort> => {
    const read = known.get(egress) ?? listenersByPort(egress);
    known.set(egress, read);
    return read;
  };
  return {
    differ: (egress, other, host, port) => {
      const listener = byPort(egress).get(port);
      return listener?.hosts.has(host) === true && listener.identity !== byPort(other).get(port)?.identity;
    },
  };
}

/** `identity` is the same for listeners with the same protocol and hosts. */
type ListenerForPort = { readonly hosts: ReadonlySet<string>; readonly identity: string };

const listenersByPort = (egress: LiveSidecar['egress']): ReadonlyMap<number, ListenerForPort> =>
  new Map(
    egress.flatMap(({ port, hosts: listed }) => {
      if (port === undefined) return [];
      const hosts = sortedSet(listed.map(normalised));
      return [
        [
          port.number,
          { hosts: new Set(hosts), identity: [port.protocol ?? '', ...hosts].join(' ') },
        ] as const,
      ];
    }),
  );
