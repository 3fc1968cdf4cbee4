// One host name that two namespaces register. A pod gets one cluster for a name and a port, so Istio takes one of the two; what only
// the other has may be lost.
import type { RegistryHost, RegistryPort } from '../domain/registry.ts';
import type { Destination } from './destination.ts';
import type { Loss } from './loss.ts';
import type { Registry } from './registry.ts';

type Candidate = {
  readonly destination: Destination;
  readonly host: RegistryHost;
  /** Those that the Sidecar imports. */
  readonly ports: readonly RegistryPort[];
};

/**
 * Which of the two it is depends on the listener, on the namespace of the Sidecar and on age, so nothing is taken for granted but
 * what all of them have. Source: istio/istio pilot/pkg/model/sidecar.go, selectServices and appendSidecarServices.
 */
export function namesakeLosses(destinations: readonly Destination[], registry: Registry): readonly Loss[] {
  const candidates = destinations.flatMap((destination) =>
    registry(destination.host).map((host): Candidate => ({
      destination,
      host,
      ports: host.ports.filter(
        ({ number }) => destination.ports === 'every' || destination.ports.includes(number),
      ),
    })),
  );
  return [...Map.groupBy(candidates, ({ host }) => host.host).values()].flatMap((namesakes) =>
    new Set(namesakes.map(({ host }) => host.namespace)).size < 2
      ? []
      : namesakes.flatMap((one) => lossesOf(one, namesakes)),
  );
}

function lossesOf({ destination, host, ports }: Candidate, namesakes: readonly Candidate[]): readonly Loss[] {
  const others = namesakes.filter((other) => other.host.namespace !== host.namespace);
  return ports
    .filter((port) => !others.every((other) => isAlike(host, other, port)))
    .map(({ number }): Loss => ({
      destination,
      host: nameOf(host),
      port: number,
      because: { kind: 'namesake', hosts: others.map((other) => nameOf(other.host)) },
    }));
}

const isAlike = (host: RegistryHost, other: Candidate, port: RegistryPort): boolean =>
  host.reach === 'name' &&
  other.host.reach === 'name' &&
  other.ports.some(({ number, class: of }) => number === port.number && of === port.class);

const nameOf = ({ namespace, host }: RegistryHost): string => `${namespace}/${host}`;
