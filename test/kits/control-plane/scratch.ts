// Temporary folders of the kits. The next run removes the folders of test processes that were killed.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'egress-intent-';
const OWNED = /^egress-intent-[a-z]+-(?<pid>\d+)-/;

/** Makes a folder `egress-intent-NAME-PID-*` in the system's temporary folder. Remove it with `removeFolder`. */
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

/** True if a process with this id exists, under any user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
