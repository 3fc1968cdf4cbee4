// Builds Go programs of the test kits into the cache folder, once for each state of their inputs.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, fillOnce } from './cache.ts';
import { mustRun, run } from './command.ts';
import type { Unavailable } from './real-parts.ts';

export type GoBuild = {
  /** Names the cache folder, and the build in what is said on standard error. */
  readonly name: string;
  /** The absolute path of the folder that holds go.mod. */
  readonly module: string;
  /** The files that decide the result, relative to `module`: go.mod, go.sum, sources. */
  readonly inputs: readonly string[];
  /** The arguments of `go build`, without `-o`. */
  readonly arguments: readonly string[];
  /** How long it takes, for the impatient: "about 10 minutes the first time". */
  readonly duration: string;
  /** Puts further files beside the binaries. */
  readonly finish?: (folder: string) => Promise<void>;
};

export type GoBuilt = { readonly kind: 'available'; readonly folder: string };

/** Gives the folder with the binaries; builds them when they are not there. Throws where the build fails. */
export async function buildWithGo(build: GoBuild): Promise<GoBuilt | Unavailable> {
  const folder = cacheFolder(build.name, await fingerprint(build));
  if (existsSync(folder)) return { kind: 'available', folder };
  const missing = await whyNoGo(build);
  if (missing !== undefined) return { kind: 'unavailable', why: missing };
  await fillOnce(folder, async (draft) => {
    const started = performance.now();
    process.stderr.write(`egress-intent: building ${build.name} with Go into ${folder}: ${build.duration}\n`);
    await mustRun('go', ['build', '-o', `${draft}/`, ...build.arguments], { cwd: build.module });
    await build.finish?.(draft);
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stderr.write(`egress-intent: built ${build.name} in ${seconds} s\n`);
  });
  return { kind: 'available', folder };
}

async function fingerprint({ module, inputs, arguments: flags }: GoBuild): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([flags, process.platform, process.arch]));
  for (const input of inputs) hash.update(`\0${input}\0`).update(await readFile(join(module, input)));
  return hash.digest('hex').slice(0, 16);
}

/** `go version` runs inside the module, so that a toolchain older than go.mod wants counts as missing. */
async function whyNoGo({ name, module }: GoBuild): Promise<string | undefined> {
  const answer = await run('go', ['version'], { cwd: module }).catch((error: unknown) => ({
    code: -1,
    stderr: String(error),
  }));
  if (answer.code === 0) return undefined;
  return `${name} is built with Go 1.26 or newer: install it (https://go.dev/dl/) and put it in PATH (${answer.stderr.trim()}).`;
}
