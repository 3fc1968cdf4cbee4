// What the analyzers of istioctl may say of what we generate, and why it is no fault.

/** Any two Sidecars that match one pod; where intents overlap ours do so on purpose, in an order that decides. */
export const OVERLAP = 'IST0110';

/** TCP without an address, which we write only where it is sound (see `TcpHostNeedsAddress`). */
const TCP_WITHOUT_ADDRESS = 'IST0134';

/** With nothing in the namespace but ours. */
export const EXPECTED_OF_OURS: ReadonlySet<string> = new Set([OVERLAP, TCP_WITHOUT_ADDRESS]);

/**
 * Beside what others made: two Sidecars of a namespace, one of them somebody else's (we say who wins), and a host to which somebody
 * else gives another protocol, which is theirs and not ours to mend.
 */
export const EXPECTED_BESIDE_OTHERS: ReadonlySet<string> = new Set([
  ...EXPECTED_OF_OURS,
  'IST0111',
  'IST0177',
]);
