// Turns of the event loop, so that nothing that computes holds up what has arrived meanwhile.
import { PAUSED } from '../../cluster/memo/memo.ts';

/** Resolves once the event loop has handled what has arrived, and for one caller at a time: several do not block it for the sum of their times. */
export type NextTurn = () => Promise<void>;

export function createTurns(): NextTurn {
  let turns = Promise.resolve();
  return () => {
    turns = turns.then(() => new Promise((resolve) => void setImmediate(resolve)));
    return turns;
  };
}

/** How long the first part of a computation takes, in ms. */
const FIRST_PART_MS = 25;
/** So that it ends whatever changes meanwhile and has to be computed again. */
const GROWTH = 1.3;

/** A part that took much longer than it was given did work that is not remembered and will be done again: the next one has time for more than that. */
const nextPartMs = (givenMs: number, tookMs: number): number =>
  Math.max(givenMs * GROWTH, tookMs > 2 * givenMs ? 2 * tookMs : 0);

/**
 * Begins a computation again at a later turn each time that it throws `PAUSED`, because its time is over; it remembers what it has computed. The one
 * that is completed is of one turn.
 */
export async function inParts<T>(
  nextTurn: NextTurn,
  compute: (isOver: () => boolean) => T,
  firstPartMs = FIRST_PART_MS,
): Promise<T> {
  for (let partMs = firstPartMs; ;) {
    const began = performance.now();
    const end = began + partMs;
    let isComputing = true;
    try {
      return compute(() => isComputing && performance.now() > end);
    } catch (error) {
      if (error !== PAUSED) throw error;
    } finally {
      isComputing = false;
    }
    partMs = nextPartMs(partMs, performance.now() - began);
    await nextTurn();
  }
}
