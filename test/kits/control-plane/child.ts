// A long-running child process of a test: it logs to a file, ends with the test process, and reports why it ended.
import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export type ChildOptions = {
  /** Its name in error messages. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Standard output and error are appended to this file. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The network namespace (`ip netns`) to run in. Needs root. */
  readonly netns?: string;
  /** The group id to run with, instead of the groups of the test process. Needs root. */
  readonly gid?: number;
};

export type Child = {
  readonly name: string;
  readonly pid: number;
  readonly hasEnded: () => boolean;
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGHUP') => void;
  /** Ends the process with SIGKILL and waits until it has ended. */
  readonly kill: () => Promise<void>;
  /** The whole log. */
  readonly logText: () => Promise<string>;
  /** The last 15 lines of its log. */
  readonly lastLines: () => Promise<string>;
};

/** Starts the process. Rejects if the program cannot be started. */
export async function startChild({ name, command, log, env, netns, gid }: ChildOptions): Promise<Child> {
  const [program = '', ...args] = [...inNamespace(netns), ...boundToParent(gid), ...command];
  const file = await open(log, 'a');
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', file.fd, file.fd],
  });
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isOver = true;
      resolve();
    });
  });
  try {
    await started;
  } finally {
    await file.close();
  }
  const logText = (): Promise<string> => readFile(log, 'utf8');
  return {
    name,
    pid: child.pid ?? -1,
    hasEnded: () => isOver,
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    logText,
    lastLines: async () => (await logText()).trimEnd().split('\n').slice(-15).join('\n'),
  };
}

/**
 * Waits until `probe` returns true; a probe that throws counts as false. Throws with the end of the child's log if the
 * child ends first, or after `withinMs` milliseconds (default 60,000).
 */
export async function whenReady(
  child: Child,
  probe: () => Promise<boolean>,
  { withinMs = 60_000 }: { readonly withinMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  let problem: unknown = 'the probe returned false';
  for (;;) {
    if (child.hasEnded())
      throw new Error(`${child.name} ended before it was ready:\n${await child.lastLines()}`);
    try {
      if (await probe()) return;
    } catch (error) {
      problem = error;
    }
    if (performance.now() > deadline)
      throw new Error(
        `${child.name} was not ready after ${withinMs} ms (${String(problem)}):\n${await child.lastLines()}`,
      );
    await sleep(25);
  }
}

function inNamespace(netns: string | undefined): readonly string[] {
  return netns === undefined ? [] : ['ip', 'netns', 'exec', netns];
}

/**
 * Makes the kernel kill the child when the test process ends, even by SIGKILL. Only Linux can do this; on other systems
 * a child outlives a test process that is killed.
 */
function boundToParent(gid: number | undefined): readonly string[] {
  if (process.platform !== 'linux') return [];
  const group = gid === undefined ? [] : ['--regid', String(gid), '--clear-groups'];
  return ['setpriv', '--pdeathsig', 'KILL', ...group, '--'];
}
