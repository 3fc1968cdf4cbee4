// Cleans up when this process ends before it could stop what it started: by a signal, an uncaught error (a closed
// standard output is one), or process.exit. Nothing runs after SIGKILL.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const cleanups = new Set<() => void>();

/** Calls `cleanup`, which must be synchronous, when this process ends. Returns a function that cancels this. */
export function onProcessEnd(cleanup: () => void): () => void {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0) stopListening();
  };
}

function listen(): void {
  process.on('exit', cleanUp);
  for (const signal of SIGNALS) process.prependListener(signal, endBySignal);
}

function stopListening(): void {
  process.off('exit', cleanUp);
  for (const signal of SIGNALS) process.off(signal, endBySignal);
}

function cleanUp(): void {
  for (const cleanup of cleanups) cleanup();
  cleanups.clear();
}

/** A listener keeps Node from ending by the signal, so it has to be sent again once this listener is off. */
function endBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return; // another listener stops things in order, and `exit` follows
  cleanUp();
  stopListening();
  process.kill(process.pid, signal);
}
