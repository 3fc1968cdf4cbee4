// Moves the hosts of a random world to few ports, so that conflicts on one port, rare in a random world, are the rule.
import type { WorldSpec } from './world-spec.ts';

/** All ports of Services and foreign ServiceEntries become one of two, on which intents also name outside hosts. */
const SHARED_PORTS: Readonly<Record<number, number>> = { 80: 8080, 5432: 443 };
const sharedPort = (port: number): number => SHARED_PORTS[port] ?? port;

const distinct = <T>(values: readonly T[], key: (value: T) => unknown): readonly T[] => [
  ...new Map(values.map((value) => [key(value), value])).values(),
];

/** The same world on two ports, with one pod that every intent selects. */
export function crowdedWorld(world: WorldSpec): WorldSpec {
  return {
    ...world,
    services: world.services.map((service) => ({
      ...service,
      ports: distinct(
        service.ports.map((port) => ({ ...port, number: sharedPort(port.number) })),
        ({ number, protocol }) => `${number} ${protocol}`,
      ),
    })),
    serviceEntries: world.serviceEntries.map((serviceEntry) => ({
      ...serviceEntry,
      ports: distinct(
        serviceEntry.ports.map((port) => ({ ...port, number: sharedPort(port.number) })),
        ({ number }) => number,
      ),
    })),
    intents: world.intents.map((intent) => ({
      ...intent,
      selector: {},
      allow: intent.allow.map(withSharedPorts),
    })),
    pods: [{}],
  };
}

type Entry = { readonly host?: unknown; readonly ports?: readonly { readonly port: number }[] };

/** Entries of kind `host` keep their ports, because they name the protocol of each port. */
function withSharedPorts(raw: unknown): unknown {
  const entry = raw as Entry;
  if (entry.host !== undefined || entry.ports === undefined) return entry;
  const ports = entry.ports.map(({ port }) => ({ port: sharedPort(port) }));
  return { ...entry, ports: distinct(ports, ({ port }) => port) };
}
