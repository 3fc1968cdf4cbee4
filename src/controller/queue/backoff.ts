// How long a key waits after a failure.

/** In ms: the delay after the first failure, which each further one doubles, and the longest, except in an outage. */
export type BackoffTimes = { readonly baseDelayMs?: number; readonly maxDelayMs?: number };

/**
 * The longest delay in an outage, in ms, so that its end is noticed within 5 s; so much for each key in the outage if that is more, so that
 * thousands of them do not flood the API server. The first that succeeds wakes the others, those that have waited for a moment at least.
 */
const OUTAGE = { longestMs: 3_000, eachMs: 50, momentMs: 1_000 } as const;

/**
 * Between half of the backoff and all of it, in ms, so that keys that failed together do not come back together. `inOutage` is how many keys are in
 * the outage that this one is in; 0 if it is in none.
 */
export function delayAfter(
  failures: number,
  inOutage: number,
  { baseDelayMs = 250, maxDelayMs = 300_000 }: BackoffTimes,
): number {
  const longest = inOutage === 0 ? maxDelayMs : Math.max(OUTAGE.longestMs, inOutage * OUTAGE.eachMs);
  const backoff = Math.min(maxDelayMs, longest, baseDelayMs * 2 ** (failures - 1));
  return backoff / 2 + (Math.random() * backoff) / 2;
}

/** Whether a key in an outage has waited for so long, in ms, that the success of another one wakes it. */
export const isWakeable = (waitedMs: number): boolean => waitedMs >= OUTAGE.momentMs;
