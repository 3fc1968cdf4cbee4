// A child process reports why it ended, and does not outlive the test process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../support/cluster.ts';
import { startChild, whenReady } from './child.ts';
import { removeFolder, scratchFolder } from './scratch.ts';

const refused = (): Promise<boolean> => Promise.reject(new Error('connection refused'));

describe('a child process', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await scratchFolder('child');
  });
  afterEach(() => removeFolder(folder));

  const start = (script: string) =>
    startChild({ name: 'the child', command: ['sh', '-c', script], log: join(folder, 'log') });

  test('that ends early makes the wait fail with the end of its log', async () => {
    const child = await start('echo no certificate; exit 3');
    await expect(whenReady(child, async () => false)).rejects.toThrow(
      'the child ended before it was ready:\nno certificate',
    );
  });

  test('that never becomes ready makes the wait fail with the problem and the end of its log', async () => {
    const child = await start('echo loading; exec sleep 1000');
    await eventually(async () => expect(await child.lastLines()).toBe('loading'));
    await expect(whenReady(child, refused, { withinMs: 50 })).rejects.toThrow(
      /not ready after 50 ms \(Error: connection refused\):\nloading/,
    );
    await child.kill();
    expect(child.hasEnded()).toBe(true);
  });

  test('whose program does not exist makes the wait fail with the name of the program', async () => {
    const child = startChild({ name: 'the child', command: ['no-such-program'], log: join(folder, 'log') });
    await expect(child.then((started) => whenReady(started, async () => false))).rejects.toThrow(
      'no-such-program',
    );
  });

  test.runIf(process.platform === 'linux')('ends when the test process is killed', async () => {
    const script = `
      import { startChild } from ${JSON.stringify(import.meta.resolve('./child.ts'))};
      const child = await startChild({ name: 'orphan', command: ['sleep', '1000'], log: '/dev/null' });
      process.stdout.write(String(child.pid));`;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
    expect(isRunning(pid.toString())).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => expect(isRunning(pid.toString())).toBe(false));
  });
});

/** A process that was killed stays in the process table as a zombie until its parent reaps it; it does not run. */
function isRunning(pid: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
