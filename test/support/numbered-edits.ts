// Edits of the intent `red` that leave their number in the Sidecar, so that its versions tell which edit each of them is of.
import type { Cluster } from './cluster.ts';
import type { Version } from './every-version.ts';
import { appIntent, GOOGLE, serviceObject, type AllowEntry } from './story.ts';

/** A Service of its own for each number, and a host that only every third edit lists. */
const entriesOf = (edit: number): readonly AllowEntry[] => [
  { service: { name: `edit-${edit}`, namespace: 'blue' } },
  ...(edit % 3 === 0 ? [GOOGLE] : []),
];

/** Makes the edit, with its Service. */
export async function makeEdit(cluster: Cluster, number: number): Promise<void> {
  await cluster.apply(serviceObject(`edit-${number}`, 'blue'));
  await cluster.apply(appIntent(entriesOf(number)));
}

/** The numbers of the edits that the versions of the Sidecars show, in order; -1 for one that shows none. */
export const editsIn = (versions: readonly Version[]): readonly number[] =>
  versions
    .filter(({ type }) => type !== 'DELETED')
    .map(({ object }) => Number(/edit-(\d+)\./.exec(JSON.stringify(object['spec']))?.[1] ?? -1));

/** The versions that repeat an earlier edit or take a later one back. */
export const takenBack = (versions: readonly Version[]): readonly number[] => {
  const edits = editsIn(versions);
  return edits.filter((number, index) => index > 0 && number <= (edits[index - 1] ?? -1));
};

/** Those of them after which the next version does not show at least the latest edit that there was before. */
export const leftTakenBack = (versions: readonly Version[]): readonly number[] => {
  const edits = editsIn(versions);
  return edits.filter((number, index) => {
    const latest = Math.max(...edits.slice(0, index));
    return number < latest && (edits[index + 1] ?? -1) < latest;
  });
};
