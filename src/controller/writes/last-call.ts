// Calls once a while has passed since it was last asked to, for each key.

export type LastCall = {
  /** Replaces the call of the key that waits. */
  readonly later: (key: string, call: () => void) => void;
  readonly stop: () => void;
};

export function createLastCall(delayMs: number): LastCall {
  const timers = new Map<string, NodeJS.Timeout>();
  return {
    later: (key, call) => {
      clearTimeout(timers.get(key));
      const timer = setTimeout(() => {
        timers.delete(key);
        call();
      }, delayMs);
      timers.set(key, timer.unref());
    },
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
