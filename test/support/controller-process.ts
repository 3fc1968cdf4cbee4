// The controller as a process of its own, from the bundle that the image ships, so that it can be killed.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

const CACHE = join(ROOT, 'node_modules/.cache/egress-intent');

let bundle: Promise<string> | undefined;

/** Builds the bundle once for each test process, with the very command that the image uses. */
function bundled(): Promise<string> {
  bundle ??= (async () => {
    const [mine, shared] = [join(CACHE, `${process.pid}.mjs`), join(CACHE, 'egress-intent.mjs')];
    await promisify(execFile)('npm', ['run', 'build', '--', `--outfile=${mine}`, '--sourcemap=inline'], {
      cwd: ROOT,
    });
    await rename(mine, shared); // other test processes may be starting it at this moment
    return shared;
  })();
  return bundle;
}

export type ControllerProcess = {
  /** SIGKILL: it can finish nothing. */
  readonly kill: () => void;
  /** SIGTERM: it stops in order. */
  readonly stop: () => void;
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What it has logged so far, a line each. */
  readonly log: () => readonly string[];
};

export async function startControllerProcess(kubeconfig: string): Promise<ControllerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'egress-intent-process-'));
  const file = join(folder, 'kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  const args = ['controller', '--kubeconfig', file, '--health-port', '0', '--metrics-port', '0'];
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
    ended,
    log: () => output.split('\n').filter((line) => line !== ''),
  };
}
