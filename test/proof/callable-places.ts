// The hosts of a random world as a client in namespace shop would call them, whether it may or not.
import { addressOf, entryAddress, KUBE_DNS } from './objects.ts';
import { classOfName, HOSTS, OWN, WILDCARDS, type PortClass, type WorldSpec } from './world-spec.ts';

/** One host on one port. */
export type Place = {
  /** As Istio's clusters name it; of a wildcard the wildcard. */
  readonly host: string;
  readonly namespace: string;
  readonly port: number;
  readonly class: PortClass;
  /** Where a client that has resolved the name connects to. */
  readonly address: string;
  /** What it says in the Host header or the SNI. */
  readonly name: string;
};

/** An address that belongs to nobody. */
export const OUTSIDE = '93.184.216.34';

function isVisible(exportTo: readonly string[], from: string, { exportToByDefault }: WorldSpec): boolean {
  const targets = exportTo.length === 0 ? exportToByDefault : exportTo;
  return (
    targets.length === 0 || targets.some((to) => to === '*' || to === OWN || (to === '.' && from === OWN))
  );
}

export const fullName = (name: string, namespace: string): string => `${name}.${namespace}.svc.cluster.local`;

/** The ports of every Service that namespace shop can see. */
export function servicePlaces(world: WorldSpec): readonly Place[] {
  const own = world.services.flatMap(({ namespace, name, kind, ports, exportTo }, index) => {
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
  if (!isVisible([], 'kube-system', world)) return own;
  return [
    ...own,
    { host: dns, namespace: 'kube-system', port: 53, class: 'tcp', address: KUBE_DNS, name: dns },
  ];
}

/** The ports of every ServiceEntry that somebody else made and that namespace shop can see. */
export function entryPlaces(world: WorldSpec): readonly Place[] {
  const { entries, dnsCapture } = world;
  return entries.flatMap((entry, index) => {
    const { namespace, host, resolution, ports, exportTo } = entry;
    if (!isVisible(exportTo, namespace, world)) return [];
    const allocated = dnsCapture && resolution !== 'NONE' ? allocatedAddress(`theirs-${index}`) : OUTSIDE;
    const address = entryAddress(entry, index) ?? allocated;
    return ports.map(({ number, protocol }): Place => ({
      host,
      namespace,
      port: number,
      class: CLASSES[protocol] ?? 'auto',
      address,
      name: host,
    }));
  });
}

export const CLASSES: Readonly<Record<string, PortClass>> = {
  HTTP: 'http',
  HTTP2: 'http',
  GRPC: 'http',
  TLS: 'tls',
  TCP: 'tcp',
};

/** One port of an outside host that an intent may name; a wildcard is called by a name below it. */
export function outsidePlace(host: string, port: number, protocol: string, dnsCapture: boolean): Place {
  const isWildcard = host.startsWith('*.');
  return {
    host,
    namespace: OWN,
    port,
    class: CLASSES[protocol] ?? 'auto',
    address: dnsCapture && !isWildcard ? allocatedAddress(host) : OUTSIDE,
    name: isWildcard ? host.replace('*', 'some-name') : host,
  };
}

/** The address that istiod would allocate to a ServiceEntry under DNS capture; each its own. */
export function allocatedAddress(key: string): string {
  const known: readonly string[] = [...HOSTS, ...WILDCARDS, 'theirs-0', 'theirs-1', 'theirs-2'];
  return `240.240.0.${known.indexOf(key) + 1}`;
}
