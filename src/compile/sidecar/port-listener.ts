// Decides, for one port number, which kind of listener lets through what is allowed on it and nothing else.
import type { PortClass, Addressing, RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { Destination, GrantAge } from './destination.ts';
import { egressHost } from '../../domain/istio/egress-host.ts';

/** One host on one port, and whether other ports of the same host are forbidden. */
export type Member = {
  readonly destination: Destination;
  readonly host: RegisteredHost;
  readonly class: PortClass;
  readonly limited: boolean;
  /** Whether one of the host's numbers is UDP first: Istio mixes up the ports of such a host once a listener names it. */
  readonly udpFirst: boolean;
  /** Whether it is what somebody else registers of a host of ours: not granted, but perhaps imported with it. */
  readonly foreignDuplicate: boolean;
};

/** `TCP-any` is TCP for any address: of ranges, and of a host that has nothing to be told by and takes whatever nobody else takes. */
export type ListenerKind = 'HTTP' | 'TCP' | 'TLS' | 'sniffed' | 'TCP-any';

export type PortListener = {
  readonly kind: ListenerKind;
  /** Those that the listener names. */
  readonly listed: readonly Member[];
  /** Those that cannot be reached on this port beside the others. */
  readonly unreachable: readonly Member[];
};

type Placement = 'listed' | 'default-listener' | 'unreachable';

/**
 * What becomes of a host under each kind of listener. `beside`: it keeps a listener of its own, from the one without a port.
 *
 * A listener for port P owns all HTTP routing of the number P, of whatever kind it is. A listener that has hosts told by name owns
 * `0.0.0.0:P` too, and nothing else that needs it can stand beside. A sniffed or TCP listener must hold only hosts with an address
 * of their own: any other would match every address.
 *
 * | host                       | HTTP            | TCP, TCP-any      | TLS               | sniffed           |
 * |----------------------------|-----------------|-------------------|-------------------|-------------------|
 * | http, by address           | listed          | lost              | lost              | listed            |
 * | http, by name or endpoints | listed          | lost              | lost              | lost              |
 * | auto, by address           | listed, or lost | lost              | lost              | listed            |
 * | auto, by endpoints         | listed, or lost | lost              | lost              | lost              |
 * | auto, by name or range     | lost            | lost              | lost              | lost              |
 * | tcp, tls by address        | beside, or lost | beside, or listed | beside, or listed | beside, or lost   |
 * | tcp, tls by endpoints      | beside, or lost | beside, or lost   | beside, or lost   | beside, or lost   |
 * | tls by name or range       | lost            | beside, or lost   | listed            | beside, or lost   |
 * | tcp by name or range       | lost            | beside, or lost   | lost              | beside, or lost   |
 *
 * TCP-any lists tcp by name or range, and loses tls by either.
 * Where there are two, the second is for a host whose other ports are forbidden. Source: istio/istio pilot/pkg/networking/core
 * listener.go and pilot/pkg/model/sidecar.go; each cell is held to istiod's own code by the property test.
 */
function placementOf(
  kind: ListenerKind,
  { class: of, host: { addressing }, limited, udpFirst }: Member,
): Placement {
  if (udpFirst && (limited || of === 'http' || of === 'auto')) return 'unreachable';
  if (of === 'http') return httpPlacement(kind, addressing);
  if (of === 'auto') return autoPlacement(kind, addressing, limited);
  if (addressing === 'address') return addressPlacement(kind, of, limited);
  if (addressing === 'per-pod') return limited ? 'unreachable' : 'default-listener';
  if ((of === 'tls' && kind === 'TLS') || (of === 'tcp' && kind === 'TCP-any')) return 'listed';
  return limited || OWNS_ANY.has(kind) ? 'unreachable' : 'default-listener';
}

/** Those that leave nothing of `0.0.0.0:P` to others. */
const OWNS_ANY: ReadonlySet<ListenerKind> = new Set(['HTTP', 'TLS', 'TCP-any']);

function httpPlacement(kind: ListenerKind, reach: Addressing): Placement {
  if (kind === 'HTTP') return 'listed';
  return kind === 'sniffed' && reach === 'address' ? 'listed' : 'unreachable';
}

/** Listed for HTTP only, it keeps its bytes too as long as the listener without a port has it, at addresses of its own. */
function autoPlacement(kind: ListenerKind, reach: Addressing, limited: boolean): Placement {
  if (kind === 'sniffed') return reach === 'address' ? 'listed' : 'unreachable';
  const hasOwn = reach === 'address' || reach === 'per-pod';
  return kind === 'HTTP' && hasOwn && !limited ? 'listed' : 'unreachable';
}

function addressPlacement(kind: ListenerKind, of: PortClass, limited: boolean): Placement {
  if (!limited) return 'default-listener';
  if (kind === 'TCP' || kind === 'TLS' || kind === 'TCP-any') return 'listed';
  // A server that speaks first would wait for ever behind a listener that sniffs.
  return kind === 'sniffed' && of === 'tls' ? 'listed' : 'unreachable';
}

/** Those that must hold only hosts with an address of their own. */
const BY_ADDRESS: ReadonlySet<ListenerKind> = new Set(['TCP', 'sniffed']);

const takesEveryAddress = ({ foreignDuplicate, host: { addressing } }: Member): boolean =>
  foreignDuplicate && addressing !== 'address';

/** In the order in which they are taken where two lose nothing. */
const KINDS: readonly ListenerKind[] = ['HTTP', 'TCP', 'TLS', 'sniffed', 'TCP-any'];

/**
 * The kind of listener that loses nothing or, where each loses something, the one whose oldest loss is the youngest: what was
 * granted first stays. Where no limited host can be named on the port there is no listener for it, and nothing else is lost for one.
 */
export function portListener(members: readonly Member[], rank: GrantAge): PortListener {
  const granted = members.filter(({ foreignDuplicate }) => !foreignDuplicate);
  const spoiled = new Set(members.filter(takesEveryAddress).map(({ destination }) => destination));
  const plans = KINDS.map((kind): PortListener => {
    const fates = Map.groupBy(granted, (member): Placement => {
      const fate = placementOf(kind, member);
      return fate === 'listed' && BY_ADDRESS.has(kind) && spoiled.has(member.destination)
        ? 'unreachable'
        : fate;
    });
    const [named, lost] = [fates.get('listed') ?? [], fates.get('unreachable') ?? []];
    if (named.some(({ limited }) => limited)) return { kind, listed: named, unreachable: lost };
    return { kind, listed: [], unreachable: granted.filter(({ limited }) => limited) };
  });
  const oldestLoss = ({ unreachable }: PortListener): number =>
    Math.min(Infinity, ...unreachable.map(({ destination, host }) => rank(destination, egressHost(host))));
  return plans.reduce((best, plan) => {
    const difference = oldestLoss(plan) - oldestLoss(best);
    if (Number.isNaN(difference) || difference === 0)
      return plan.unreachable.length < best.unreachable.length ? plan : best;
    return difference > 0 ? plan : best;
  });
}
