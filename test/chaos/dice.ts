// Random choices that a seed repeats.

export type Dice = {
  /** A whole number from 0 up to the limit, which is not included. */
  readonly below: (limit: number) => number;
  readonly between: (least: number, most: number) => number;
  readonly oneOf: <T>(items: readonly [T, ...T[]]) => T;
  readonly chance: (probability: number) => boolean;
};

/** By mulberry32. */
export function createDice(seed: number): Dice {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    oneOf: (items) => items[below(items.length)] ?? items[0],
    chance: (probability) => next() < probability,
  };
}
