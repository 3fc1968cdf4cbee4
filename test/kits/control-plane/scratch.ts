// Scratch folders of test parts: removed at the end, and by the next run where a test process was killed.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'egress-intent-';
const OWNED = /^egress-intent-[a-z]+-(?<pid>\d+)-/;

/** A new folder in the system's temporary folder, its name `egress-intent-NAME-PID-*`. */
export async function scratchFolder(name: string): Promise<string> {
  await sweepScratchFolders();
  return mkdtemp(join(tmpdir(), `${PREFIX}${name}-${process.pid}-`));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function sweepScratchFolders(): Promise<void> {
  const names = await readdir(tmpdir());
  const orphans = names.filter((name) => {
    const pid = OWNED.exec(name)?.groups?.['pid'];
    return pid !== undefined && !isAlive(Number(pid));
  });
  await Promise.all(orphans.map((name) => removeFolder(join(tmpdir(), name))));
}

/** Whether a process of this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
