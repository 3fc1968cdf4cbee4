// Keeps what takes long to make (binaries built with Go, a downloaded Envoy) in the user's cache folder. Knows no Go
// and no Envoy.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
const STALE_MS = 20_000;

/** The path for this name and fingerprint, whether or not it exists: `$XDG_CACHE_HOME/egress-intent/NAME-FINGERPRINT`. */
export function cacheFolder(name: string, fingerprint: string): string {
  const root = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(root, 'egress-intent', `${name}-${fingerprint}`);
}

/**
 * Fills the folder with `make` unless the folder exists. `make` writes to a draft folder that is renamed when it is
 * complete, so the folder is never visible half full. If two processes need it at once, one works and one waits.
 */
export async function fillOnce(folder: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const release = await lock(`${folder}.lock`);
  try {
    if (existsSync(folder)) return;
    await removeDrafts(folder);
    const draft = await mkdtemp(`${folder}.draft-`);
    await make(draft);
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error; // another process took over the lock and finished first
    });
  } finally {
    await removeDrafts(folder);
    await release();
  }
}

/**
 * Takes a lock file, which its process touches every two seconds. The file of a killed process becomes stale and is
 * taken over. The lock only saves work: the rename is what keeps the folder complete.
 */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await (await open(path, 'wx')).close();
      break;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const touched = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - touched > STALE_MS) await rm(path, { force: true });
    await sleep(200);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  return async () => {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  };
}

async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(dirname(folder))).filter((name) =>
    name.startsWith(`${basename(folder)}.draft-`),
  );
  await Promise.all(drafts.map((name) => rm(join(dirname(folder), name), { recursive: true, force: true })));
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
