// Time for tests of the queue: fake timers, and turns of the real event loop, in each of which one run may start.
import { vi } from 'vitest';

export const fakeTimers = (): void =>
  void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });

/** Lets the event loop turn often enough for what may run to run. */
export async function flush(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
}

/** Lets the time pass, and after each timer what it starts. */
export async function advance(milliseconds: number): Promise<void> {
  await flush();
  const end = { reached: false };
  setTimeout(() => (end.reached = true), milliseconds);
  while (!end.reached) {
    vi.advanceTimersToNextTimer();
    await flush();
  }
}
