// Waits for a Lease and takes it. The wait is exact: the Lease is watched, and a timer runs from the moment at which its last version was seen.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiError } from '../api-error.ts';
import { microTime, type Lease, type LeaseClient } from './lease.ts';

/** In ms. The holder gives up before others may take the Lease: the rest is for requests that are on their way. */
export type ElectionTimes = {
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
};

/** A Lease that this process holds. */
export type Held = {
  readonly lease: Lease;
  /** When the request that renewed it was sent, by the monotonic clock: others saw it later. */
  readonly renewedAt: number;
};

type Candidate = {
  readonly identity: string;
  readonly onError: (error: ApiError) => void;
  readonly times: ElectionTimes;
  readonly signal: AbortSignal;
};

/** The Lease as it was seen last, and since when nothing newer was seen, by the monotonic clock. */
type Observed = { readonly lease: Lease | undefined; readonly since: number };

/** Waits until the Lease is free, and takes it. Undefined if the signal aborts before. */
export async function acquire(
  client: LeaseClient,
  { identity, onError, times, signal }: Candidate,
): Promise<Held | undefined> {
  let seen: Observed | undefined;
  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    const found = await client.read();
    if (found.ok) {
      seen = observe(seen, found.value);
      seen = await untilFree(client, seen, identity, signal);
    }
    if (stopped()) return undefined;
    const renewedAt = performance.now();
    const answer =
      found.ok && seen !== undefined && isFree(seen, identity)
        ? await client.write(claim(seen.lease, identity, times), AbortSignal.timeout(times.renewDeadline / 2))
        : found;
    if (answer.ok && answer.value?.holder === identity) return { lease: answer.value, renewedAt };
    if (!answer.ok && answer.error.kind !== 'conflict') onError(answer.error);
    // Not after a conflict: somebody was faster, and the next read says who.
    if (answer.ok || answer.error.kind !== 'conflict')
      await sleep(Math.random() * times.retryPeriod, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

const claim = (lease: Lease | undefined, identity: string, times: ElectionTimes) => ({
  resourceVersion: lease?.resourceVersion,
  holder: identity,
  durationMs: times.leaseDuration,
  transitions: lease === undefined ? 0 : lease.transitions + 1,
  acquireTime: microTime(),
});

/** A Lease that is seen again in the same version has been so all the time. */
const observe = (seen: Observed | undefined, lease: Lease | undefined): Observed =>
  seen !== undefined && seen.lease?.resourceVersion === lease?.resourceVersion
    ? seen
    : { lease, since: performance.now() };

/** A Lease of this process is one that it took with a request whose answer was lost. */
const freeInMs = ({ lease, since }: Observed, identity: string): number =>
  lease === undefined || lease.holder === '' || lease.holder === identity
    ? 0
    : since + lease.durationMs - performance.now();

const isFree = (seen: Observed, identity: string): boolean => freeInMs(seen, identity) <= 0;

/** Follows the Lease until it is given back or expires, or until the watch ends. */
async function untilFree(
  client: LeaseClient,
  first: Observed,
  identity: string,
  stop: AbortSignal,
): Promise<Observed> {
  let seen = first;
  if (isFree(seen, identity) || seen.lease === undefined) return seen;
  const expired = new AbortController();
  const expireIn = (): NodeJS.Timeout =>
    setTimeout(() => expired.abort(), Math.max(0, Math.ceil(freeInMs(seen, identity))));
  let expiry = expireIn();
  try {
    const signal = AbortSignal.any([stop, expired.signal]);
    for await (const lease of client.changes(seen.lease.resourceVersion, signal)) {
      seen = observe(seen, lease);
      if (isFree(seen, identity)) return seen;
      clearTimeout(expiry);
      expiry = expireIn();
    }
    return seen;
  } finally {
    clearTimeout(expiry);
  }
}
