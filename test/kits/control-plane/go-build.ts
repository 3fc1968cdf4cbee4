// Builds the Go programs of the test kits into the cache folder, once for each version of their inputs.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, fillOnce } from './cache.ts';
import { mustRun, run } from './command.ts';
import type { Unavailable } from './real-parts.ts';

export type GoBuild = {
  /** The first part of the cache folder's name. */
  readonly name: string;
  /** What is built, as printed to standard error. Default: `name`. */
  readonly title?: string;
  /** The absolute path of the folder that holds go.mod. */
  readonly module: string;
  /** The files that determine the result, relative to `module`: go.mod, go.sum, sources. */
  readonly inputs: readonly string[];
  /** The arguments of `go build`, without `-o`. */
  readonly arguments: readonly string[];
  /** How long the build takes, as printed to standard error: "about 10 minutes on 2 cores". */
  readonly duration: string;
  /** Adds files to the folder of the binaries. */
  readonly finish?: (folder: string) => Promise<void>;
};

export type GoBuilt = { readonly kind: 'available'; readonly folder: string };

/** Returns the folder with the binaries; builds them if they are missing. Throws if the build fails. */
export async function buildWithGo(build: GoBuild): Promise<GoBuilt | Unavailable> {
  const { name, title = name } = build;
  const folder = cacheFolder(name, await fingerprint(build));
  if (existsSync(folder)) return { kind: 'available', folder };
  const missing = await whyNoGo(`${title} is built`, build.module);
  if (missing !== undefined) return { kind: 'unavailable', why: missing };
  await fillOnce(folder, async (draft) => {
    const started = performance.now();
    process.stderr.write(
      `egress-intent: building ${title} from source with Go. This takes ${build.duration}.\n` +
        `egress-intent: it happens once; the binaries are kept in ${folder}\n`,
    );
    await mustRun('go', ['build', '-o', `${draft}/`, ...build.arguments], { cwd: build.module });
    await build.finish?.(draft);
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stderr.write(`egress-intent: built ${title} in ${seconds} s\n`);
  });
  return { kind: 'available', folder };
}

async function fingerprint({ module, inputs, arguments: flags }: GoBuild): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([flags, process.platform, process.arch]));
  for (const input of inputs) hash.update(`\0${input}\0`).update(await readFile(join(module, input)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Returns what to install, or undefined if Go is there. `go version` runs inside the module, so a toolchain older than the
 * one in go.mod counts as missing. `need` opens the sentence: `istiod is built`.
 */
export async function whyNoGo(need: string, module: string): Promise<string | undefined> {
  const answer = await run('go', ['version'], { cwd: module }).catch((error: unknown) => ({
    code: -1,
    stderr: String(error),
  }));
  if (answer.code === 0) return undefined;
  return `${need} with Go 1.26 or newer. Install Go (https://go.dev/dl/) and add it to PATH (go version: ${answer.stderr.trim()}).`;
}
