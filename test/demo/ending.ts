// Ends the demo in order, however it ends: after the last step, by a signal, or because its output is closed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Exit codes as in a shell: 128 and the number of the signal. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

const cleanups: (() => Promise<unknown>)[] = [];
let ended: Promise<void> | undefined;

/** Registers what `end` has to stop. What was registered last is stopped first. */
export const atEnd = (cleanup: () => Promise<unknown>): void => void cleanups.push(cleanup);

/** True once `end` has been called: errors of what is being stopped do not matter. */
export const isEnding = (): boolean => ended !== undefined;

/** Stops everything, then ends this process. Later calls wait for the first, whose exit code counts. */
export function end(code: number): Promise<void> {
  ended ??= stopAll().finally(() => process.exit(code));
  return ended;
}

async function stopAll(): Promise<void> {
  for (const cleanup of cleanups.splice(0).toReversed()) {
    await cleanup().catch((error: unknown) => void process.stderr.write(`${String(error)}\n`));
  }
}

/** Ends on signals and when the reader closes the output, as `head` does. A second signal does not wait. */
export function handleEarlyEnd(): void {
  for (const signal of Object.keys(exitCodes) as (keyof typeof exitCodes)[]) {
    process.on(signal, () => {
      if (isEnding()) process.exit(exitCodes[signal]);
      if (process.stdout.isTTY) process.stdout.write('\n'); // after the prompt and ^C
      void end(exitCodes[signal]);
    });
  }
  process.stdout.on('error', () => void end(0));
}

/** Waits for Ctrl-C, which from now on is the regular end: the exit code is 0. Never resolves. */
export function untilInterrupted(): Promise<never> {
  exitCodes.SIGINT = 0;
  return new Promise(() => void setInterval(() => undefined, 60_000)); // the timer keeps the process alive
}

/**
 * Makes every temporary file from now on go to one folder, and removes it when this process ends. After SIGKILL the next
 * test run removes it, because its name is like those of test/kits/control-plane/scratch.ts.
 */
export function useTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `egress-intent-demo-${process.pid}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  process.env['TMPDIR'] = folder;
  return folder;
}
