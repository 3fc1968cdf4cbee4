// The names of the generated ServiceEntries. Knows nothing about specs.
import { UNREMEMBERED, type Remembering } from '../cluster/memo/memo.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import { firstOf, nameOf } from '../cluster/memo/grouped.ts';
import { byKey } from '../domain/order.ts';
import type { DesiredServiceEntry } from '../compile/desired.ts';
import { byFirstName, freeName, namingTexts } from './ordinal-names.ts';
import type { PlannedServiceEntry } from './steps.ts';

/**
 * Chooses for each desired ServiceEntry the live object to update, or a new name. A name that another object has is left to it:
 *
 * | live object of that name              | planned                          |
 * |---------------------------------------|----------------------------------|
 * | ours                                  | updated                          |
 * | foreign, or ours and being deleted    | the same name with `-2`, and so on |
 *
 * In order of name.
 */
export function chooseEntryNames(
  desired: readonly DesiredServiceEntry[],
  live: readonly LiveServiceEntry[],
): readonly PlannedServiceEntry[] {
  const taken = new Set(live.map(({ name }) => name));
  const candidates = byFirstName(live);
  return desired
    .map((entry): PlannedServiceEntry => {
      const kept = (candidates.get(entry.name) ?? []).toSorted(byOrdinal).at(0);
      const name =
        kept?.name ?? freeName((ordinal) => (ordinal === 1 ? entry.name : `${entry.name}-${ordinal}`), taken);
      return { ...entry, name, ...(kept && { live: kept }) };
    })
    .toSorted(byKey(({ name }) => name));
}

/** The same, chosen again only if a ServiceEntry comes or goes, or what names depend on changes in a live one. */
export function rememberedEntryNames(
  desired: readonly DesiredServiceEntry[],
  live: readonly LiveServiceEntry[],
  remembering: Remembering,
): readonly PlannedServiceEntry[] {
  const { derive } = remembering;
  const texts = namingTexts(live, 'naming of a live ServiceEntry', remembering);
  const named = derive(
    'names of ServiceEntries',
    '',
    [...desired.map(({ name }) => name), 'live', ...texts],
    () =>
      chooseEntryNames(desired, live).map(({ name, spec, live: kept }) => ({
        name,
        host: spec.hosts[0],
        isKept: kept !== undefined,
      })),
  );
  const byHost = new Map(desired.map((entry) => [entry.spec.hosts[0], entry]));
  const liveNamed = firstOf(UNREMEMBERED.grouped('', live, nameOf));
  return named.flatMap(({ name, host, isKept }): readonly PlannedServiceEntry[] => {
    const entry = byHost.get(host);
    if (entry === undefined) return [];
    const kept = isKept ? liveNamed(name) : undefined;
    return [
      derive('planned ServiceEntry', name, [entry, kept], () => ({
        ...entry,
        name,
        ...(kept && { live: kept }),
      })),
    ];
  });
}

/** The lowest ordinal first: a longer name has a higher one. */
const byOrdinal = (a: LiveServiceEntry, b: LiveServiceEntry): number =>
  a.name.length - b.name.length || byKey<LiveServiceEntry>(({ name }) => name)(a, b);
