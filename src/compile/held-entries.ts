// Managed ServiceEntries that stay as they are, because an intent contributes to them that is invalid, paused, or gone with its definition. What they
// register is there whatever other intents grant, so a Sidecar that is to be written now has to keep it closed.
import type { Remembering } from '../cluster/memo/memo.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { LiveServiceEntry, ServiceEntrySpec } from '../domain/kinds/service-entry.ts';
import type { DesiredServiceEntry } from './desired.ts';
import { lostIntents } from './lost-intents.ts';

/** A managed ServiceEntry, desired or as it stands. */
export type RegisteredEntry = {
  readonly name: string;
  readonly spec: Pick<LiveServiceEntry, 'hosts' | 'resolution' | 'ports'> &
    Partial<Pick<LiveServiceEntry, 'addresses'>>;
};

type Known = Pick<Snapshot, 'serviceEntries' | 'intents' | 'invalid' | 'definition'>;

/** In order of name. */
export function heldEntries(known: Known): readonly LiveServiceEntry[] {
  const { serviceEntries, intents, invalid } = known;
  const holding = new Set(
    [...invalid, ...intents.filter(({ isPaused }) => isPaused)].map(({ name }) => name),
  );
  const lostIntentOf = lostIntents(known);
  return serviceEntries.filter(
    (live) =>
      live.managed &&
      (live.intents.some(({ name }) => holding.has(name)) || lostIntentOf(live) !== undefined),
  );
}

/**
 * The desired ServiceEntries, each as the held one for its host stands, and the other held ones. Desired ports that the held one lacks count too: they
 * come once nothing holds it.
 */
export function withHeld(
  desired: readonly DesiredServiceEntry[],
  held: readonly LiveServiceEntry[],
  { derive }: Remembering,
): readonly RegisteredEntry[] {
  if (held.length === 0) return desired;
  const byHost = new Map(held.flatMap((live) => live.hosts.map((host) => [host, live] as const)));
  const isDesired = new Set<string>(desired.flatMap(({ spec }) => spec.hosts));
  return [
    ...desired.map((entry): RegisteredEntry => {
      const live = byHost.get(entry.spec.hosts[0]);
      if (live === undefined) return entry;
      return derive('held ServiceEntry', entry.name, [entry, live], () => asItStands(live, entry.spec));
    }),
    ...held
      .filter(({ hosts }) => !hosts.some((host) => isDesired.has(host)))
      .map((live) => derive('ServiceEntry that is only held', live.name, [live], () => asItStands(live))),
  ];
}

function asItStands(
  { name, hosts, addresses, resolution, ports }: LiveServiceEntry,
  wanted?: ServiceEntrySpec,
): RegisteredEntry {
  const numbers = new Set(ports.map(({ number }) => number));
  const further = wanted?.ports.filter(({ number }) => !numbers.has(number)) ?? [];
  return { name, spec: { hosts, addresses, resolution, ports: [...ports, ...further] } };
}
