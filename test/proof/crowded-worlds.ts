// Makes a random world crowded: what meets seldom on one port by chance meets there nearly always.
import type { WorldSpec } from './world-spec.ts';

/** The two ports on which everything of Services and of others' ServiceEntries meets; intents name hosts outside on both of them too. */
const MEETING: Readonly<Record<number, number>> = { 80: 8080, 5432: 443 };
const meeting = (port: number): number => MEETING[port] ?? port;

const distinct = <T>(values: readonly T[], key: (value: T) => unknown): readonly T[] => [
  ...new Map(values.map((value) => [key(value), value])).values(),
];

/** The same world on two ports, with one pod to which every intent applies. */
export function crowd(world: WorldSpec): WorldSpec {
  return {
    ...world,
    services: world.services.map((service) => ({
      ...service,
      ports: distinct(
        service.ports.map((port) => ({ ...port, number: meeting(port.number) })),
        ({ number, protocol }) => `${number} ${protocol}`,
      ),
    })),
    entries: world.entries.map((entry) => ({
      ...entry,
      ports: distinct(
        entry.ports.map((port) => ({ ...port, number: meeting(port.number) })),
        ({ number }) => number,
      ),
    })),
    intents: world.intents.map((intent) => ({ ...intent, selector: {}, allow: intent.allow.map(moved) })),
    pods: [{}],
  };
}

type Entry = { readonly host?: unknown; readonly ports?: readonly { readonly port: number }[] };

/** The ports of a host outside stay, since its protocols are its own. */
function moved(raw: unknown): unknown {
  const entry = raw as Entry;
  if (entry.host !== undefined || entry.ports === undefined) return entry;
  const ports = entry.ports.map(({ port }) => ({ port: meeting(port) }));
  return { ...entry, ports: distinct(ports, ({ port }) => port) };
}
