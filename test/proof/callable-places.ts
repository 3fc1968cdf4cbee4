// Every host and port of a random world that a client in namespace shop can name, whether or not it is granted.
import { addressOf, serviceEntryAddresses, KUBE_DNS } from './objects.ts';
import {
  classOfName,
  HOSTS,
  hostsOf,
  SHOP,
  WILDCARDS,
  type PortClass,
  type WorldSpec,
} from './world-spec.ts';

/** One host on one port. */
export type Place = {
  /** As in the name of Istio's cluster: for a name below a wildcard, the wildcard. */
  readonly host: string;
  readonly namespace: string;
  readonly port: number;
  readonly class: PortClass;
  /** The address to which a client connects after it has resolved the name. */
  readonly address: string;
  /** The Host header or the SNI. */
  readonly name: string;
};

/** An address that no object of the world names. */
export const OUTSIDE_ADDRESS = '93.184.216.34';

export function isVisible(
  exportTo: readonly string[],
  from: string,
  { exportToByDefault }: WorldSpec,
): boolean {
  const targets = exportTo.length === 0 ? exportToByDefault : exportTo;
  return (
    targets.length === 0 || targets.some((to) => to === '*' || to === SHOP || (to === '.' && from === SHOP))
  );
}

export const fullName = (name: string, namespace: string): string => `${name}.${namespace}.svc.cluster.local`;

/** The ports of every Service that namespace shop can see. */
export function servicePlaces(world: WorldSpec): readonly Place[] {
  const places = world.services.flatMap(({ namespace, name, kind, ports, exportTo }, index) => {
    if (kind === 'external-name' || !isVisible(exportTo === '' ? [] : [exportTo], namespace, world))
      return [];
    const host = fullName(name, namespace);
    return ports
      .filter(({ protocol }) => protocol !== 'UDP')
      .map((port): Place => ({
        host,
        namespace,
        port: port.number,
        class: classOfName(port.name),
        address: addressOf(index, kind),
        name: host,
      }));
  });
  const dns = fullName('kube-dns', 'kube-system');
  if (!isVisible([], 'kube-system', world)) return places;
  return [
    ...places,
    { host: dns, namespace: 'kube-system', port: 53, class: 'tcp', address: KUBE_DNS, name: dns },
  ];
}

/** The ports of every foreign ServiceEntry that namespace shop can see. */
export function serviceEntryPlaces(world: WorldSpec): readonly Place[] {
  const { serviceEntries, dnsCapture } = world;
  return serviceEntries.flatMap((serviceEntry, index) => {
    const { namespace, host, resolution, ports, exportTo } = serviceEntry;
    if (!isVisible(exportTo, namespace, world)) return [];
    return hostsOf(serviceEntry).flatMap((each) => {
      const hasAllocated = dnsCapture && resolution !== 'NONE' && !each.startsWith('*');
      const key = each === host ? `foreign-${index}` : `foreign-${index} more`;
      const allocated = hasAllocated ? allocatedAddress(key) : OUTSIDE_ADDRESS;
      const named = serviceEntryAddresses(serviceEntry, index);
      return (named.length === 0 ? [allocated] : named).flatMap((address) =>
        ports.map(({ number, protocol }): Place => ({
          host: each,
          namespace,
          port: number,
          class: CLASS_OF_PROTOCOL[protocol] ?? 'auto',
          address,
          name: each.replace('*', 'some-name'),
        })),
      );
    });
  });
}

export const CLASS_OF_PROTOCOL: Readonly<Record<string, PortClass>> = {
  HTTP: 'http',
  HTTP2: 'http',
  GRPC: 'http',
  TLS: 'tls',
  HTTPS: 'tls',
  TCP: 'tcp',
};

/** One port of an outside host that an intent may name; a wildcard is called by a name below it. */
export function outsidePlace(host: string, port: number, protocol: string, dnsCapture: boolean): Place {
  const isWildcard = host.startsWith('*.');
  return {
    host,
    namespace: SHOP,
    port,
    class: CLASS_OF_PROTOCOL[protocol] ?? 'auto',
    address: dnsCapture && !isWildcard ? allocatedAddress(host) : OUTSIDE_ADDRESS,
    name: isWildcard ? host.replace('*', 'some-name') : host,
  };
}

const FOREIGN_NAMES = ['foreign-0', 'foreign-1', 'foreign-2', 'foreign-3'] as const;
const FOREIGN_KEYS = [...FOREIGN_NAMES, ...FOREIGN_NAMES.map((name) => `${name} more`)];

/**
 * The address that istiod would allocate under DNS capture to the ServiceEntry of a host, or to a foreign one by its name; with ` more` to its
 * second host.
 */
export function allocatedAddress(key: string): string {
  const keys: readonly string[] = [...HOSTS, ...WILDCARDS, ...FOREIGN_KEYS];
  return `${ALLOCATED}0.${keys.indexOf(key) + 1}`;
}

/** The range from which istiod allocates. No host has such an address. */
const ALLOCATED = '240.240.';
export const isAllocated = (address: string): boolean => address.startsWith(ALLOCATED);
