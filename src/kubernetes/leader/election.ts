// Which of several replicas leads: the one that holds a Lease. Works like client-go's tools/leaderelection, with its usual times, but a
// candidate watches the Lease instead of asking every two seconds. Nothing can exclude that two believe that they lead, so whoever writes asks
// `writableForMs` first, and each write can be refused by its version.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiError } from '../api-error.ts';
import { acquire, type ElectionTimes, type Held } from './candidate.ts';
import { microTime, type LeaseClient } from './lease.ts';

export const TIMES: ElectionTimes = { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 };

type ElectionOptions = {
  readonly lease: LeaseClient;
  /** Of this process, and of no other. */
  readonly identity: string;
  readonly onElected: () => void;
  /** The Lease could not be renewed in time, or belongs to somebody else. The process must end. Called once. */
  readonly onLost: (why: string) => void;
  readonly onError: (error: ApiError) => void;
  readonly times?: ElectionTimes;
};

export type Election = {
  readonly leads: () => boolean;
  /** For how long a write may be on its way, in ms; 0 if none may begin. Notices a Lease that was lost while the process stood still. */
  readonly writableForMs: () => number;
  /** From now on no write may begin. */
  readonly close: () => void;
  /** Gives the Lease back, if it is held: another replica takes it at once. */
  readonly release: () => Promise<void>;
};

// oxlint-disable-next-line max-lines-per-function -- closures over one state, which reads worse when split
export function startElection(options: ElectionOptions): Election {
  const { lease, identity, onElected, onLost, onError, times = TIMES } = options;
  const stopping = new AbortController();
  let held: Held | undefined;
  let closed = false;
  let deadline: NodeJS.Timeout | undefined;
  const current = (): Held | undefined => held;
  const stopped = (): boolean => stopping.signal.aborted;

  function lose(why: string): void {
    if (held === undefined || stopped()) return;
    held = undefined;
    stopping.abort();
    onLost(why);
  }

  function hold(next: Held): void {
    held = next;
    clearTimeout(deadline);
    deadline = setTimeout(
      () => void writableForMs(),
      Math.max(0, Math.ceil(next.renewedAt + times.renewDeadline - performance.now())),
    );
  }

  function writableForMs(): number {
    if (held === undefined) return 0;
    const age = performance.now() - held.renewedAt;
    if (age >= times.renewDeadline) lose(`it was not renewed for ${Math.round(age / 1000)} s`);
    return current() === undefined || closed ? 0 : Math.max(0, Math.floor(times.leaseDuration - age));
  }

  async function run(): Promise<void> {
    const first = await acquire(lease, { identity, onError, times, signal: stopping.signal });
    if (first === undefined) return;
    hold(first);
    onElected();
    while (!stopped()) {
      await sleep(times.retryPeriod, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopped()) await renew();
    }
  }

  async function renew(): Promise<void> {
    writableForMs(); // a timer may run too early by a part of a millisecond
    if (held === undefined) return;
    const renewedAt = performance.now();
    const answer = await lease.write(held.lease, AbortSignal.timeout(times.renewDeadline / 2));
    if (current() === undefined) return; // lost meanwhile
    if (answer.ok) return hold({ lease: answer.value, renewedAt });
    if (answer.error.kind !== 'conflict') return onError(answer.error);
    const found = await lease.read();
    if (!found.ok) return onError(found.error);
    if (found.value?.holder !== identity) return lose(`${found.value?.holder ?? 'nobody'} holds it now`);
    // An earlier renewal of ours, whose answer was lost. When it was sent is not known, so it proves nothing new.
    const before = current();
    if (before !== undefined) held = { ...before, lease: found.value };
  }

  const running = run();
  return {
    leads: () => held !== undefined,
    writableForMs,
    close: () => void (closed = true),
    release: async () => {
      stopping.abort();
      await running;
      clearTimeout(deadline);
      if (held === undefined) return;
      const released = { ...held.lease, holder: '', durationMs: 1000, acquireTime: microTime() };
      held = undefined;
      const answer = await lease.write(released, AbortSignal.timeout(times.renewDeadline / 2));
      if (!answer.ok) onError(answer.error);
    },
  };
}
