// What the analyzers of istioctl may say of what we generate, and why it is no fault.

/** Any two Sidecars that match one pod; where intents overlap ours do so on purpose, in an order that decides. */
export const OVERLAP = 'IST0110';

/** With nothing in the namespace but ours. */
export const EXPECTED_OF_OURS: ReadonlySet<string> = new Set([OVERLAP]);

/**
 * Beside what others made: two Sidecars of a namespace, one of them somebody else's (we say who wins), and a host to which somebody
 * else gives another protocol, which is theirs and not ours to mend.
 */
export const EXPECTED_BESIDE_OTHERS: ReadonlySet<string> = new Set([
  ...EXPECTED_OF_OURS,
  'IST0111',
  'IST0177',
]);
