// Runs the controller as a process, from the bundle that the image ships, so that a test can kill it.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

const CACHE = join(ROOT, 'node_modules/.cache/egress-intent');

let bundle: Promise<string> | undefined;

/** Builds the bundle once for each test process, with the command that the Dockerfile uses. Returns its path. */
export function bundled(): Promise<string> {
  bundle ??= (async () => {
    const [draft, shared] = [join(CACHE, `${process.pid}.mjs`), join(CACHE, 'egress-intent.mjs')];
    await promisify(execFile)('npm', ['run', 'build', '--', `--outfile=${draft}`], { cwd: ROOT });
    // Another test process may start the shared bundle at this moment.
    await rename(draft, shared);
    await rename(`${draft}.map`, `${shared}.map`);
    return shared;
  })();
  return bundle;
}

export type ControllerProcess = {
  /** Sends SIGKILL. */
  readonly kill: () => void;
  /** Sends SIGTERM, on which the controller stops in order. */
  readonly stop: () => void;
  /** Sends SIGSTOP, or SIGCONT: it stands still, and goes on. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The lines that it has logged so far. */
  readonly log: () => readonly string[];
};

export async function startControllerProcess(
  kubeconfig: string,
  flags: readonly string[] = [],
): Promise<ControllerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'egress-intent-process-'));
  const file = join(folder, 'kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  const ports = ['health', 'metrics', 'debug'].flatMap((port) => [`--${port}-port`, '0']);
  const args = ['controller', '--kubeconfig', file, ...ports, ...flags];
  const child = spawn(process.execPath, [await bundled(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 1));
  });
  void ended.then(() => rm(folder, { recursive: true }));
  return {
    kill: () => void child.kill('SIGKILL'),
    stop: () => void child.kill('SIGTERM'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    ended,
    log: () => output.split('\n').filter((line) => line !== ''),
  };
}
