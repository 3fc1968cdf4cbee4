// Starts the oracle: istiod's own code, in a long-lived Go process, judges what generated configuration lets through.
import { spawn } from 'node:child_process';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { mustRun } from '../control-plane/command.ts';
import { buildWithGo } from '../control-plane/go-build.ts';
import { demand, type Unavailable } from '../control-plane/real-parts.ts';
import type { OracleAnswer, ProbeRequest } from './probe-request.ts';

/** The pinned Istio, or an older minor version of it. */
export type OracleOptions = { readonly istio?: 'current' | 'older' };

export type Oracle = {
  readonly pid: number;
  /**
   * Judges one world. Worlds may be sent without waiting; they are judged one after the other, in that order.
   * Rejects where there is no judgement: a world that cannot be understood, or an oracle that ended.
   */
  readonly judge: (world: ProbeRequest) => Promise<OracleAnswer>;
  /** Ends the process. What it was still asked is rejected. */
  readonly stop: () => Promise<void>;
};

export type OracleBinary = { readonly kind: 'available'; readonly binary: string; readonly crds: string };

const MODULE = import.meta.dirname;
const VARIANTS = {
  current: { modfile: 'go.mod', sumfile: 'go.sum', tags: 'vtprotobuf' },
  older: { modfile: 'go.older.mod', sumfile: 'go.older.sum', tags: 'vtprotobuf,older' },
} as const;
/** Enough for a panic and the stack below it. */
const KEPT_LINES = 200;

/** The program, built with Go unless it is in the cache. */
export async function ensureOracle({ istio = 'current' }: OracleOptions = {}): Promise<
  OracleBinary | Unavailable
> {
  const { modfile, sumfile, tags } = VARIANTS[istio];
  const sources = (await readdir(MODULE)).filter((name) => name.endsWith('.go')).toSorted();
  const built = await buildWithGo({
    name: istio === 'current' ? 'oracle' : `oracle-${istio}`,
    module: MODULE,
    inputs: [modfile, sumfile, ...sources],
    arguments: ['-modfile', modfile, '-trimpath', '-tags', tags, '-ldflags', '-s -w', '.'],
    duration: 'about 8 minutes on 2 cores the first time, half a minute when the cache of Go is warm',
    finish: async (folder) => {
      const list = ['list', '-modfile', modfile, '-m', '-f', '{{.Dir}}', 'istio.io/istio'];
      const istioFolder = (await mustRun('go', list, { cwd: MODULE })).trim();
      const crds = join(istioFolder, 'manifests/charts/base/files/crd-all.gen.yaml');
      await copyFile(crds, join(folder, 'crd-all.gen.yaml'));
    },
  });
  if (built.kind === 'unavailable') return built;
  return {
    kind: 'available',
    binary: join(built.folder, 'oracle'),
    crds: join(built.folder, 'crd-all.gen.yaml'),
  };
}

/** Starts an oracle; throws, saying what to install, where it cannot be built. Call `stop` when done. */
export async function startOracle(options: OracleOptions = {}): Promise<Oracle> {
  const { binary, crds } = demand(await ensureOracle(options));
  const [program, ...args] = commandFor(binary, crds);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const input = child.stdin;
  const lastWords = lastLinesOf([child.stdout, child.stderr]); // Istio's packages log to both
  const waiting = new Map<string, PromiseWithResolvers<OracleAnswer>>();
  let end: string | undefined;
  let asked = 0;

  createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
    const { id, error, ...judgement } = answerIn(line);
    const question = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) question?.resolve(judgement);
    else question?.reject(new Error(`the oracle has no judgement: ${error}`));
  });
  input.on('error', () => undefined); // the end of the process says more

  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  child.once('spawn', started.resolve);
  child.once('error', started.reject);
  child.once('close', (code, signal) => {
    end = `the oracle ended (${signal ?? `exit code ${code}`}):\n${lastWords()}`;
    for (const { reject } of waiting.values()) reject(new Error(end));
    waiting.clear();
    ended.resolve();
  });
  await started.promise;

  return {
    pid: child.pid ?? -1,
    judge: async (world) => {
      if (end !== undefined) throw new Error(end);
      const id = String(++asked);
      const question = Promise.withResolvers<OracleAnswer>();
      waiting.set(id, question);
      input.write(`${JSON.stringify({ ...world, id })}\n`);
      return question.promise;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended.promise;
    },
  };
}

type Answer = OracleAnswer & { readonly id: string; readonly error?: string };

/** A process that dies may leave half a line, which answers nothing. */
function answerIn(line: string): Answer {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return { id: '', proxies: [], results: [], validation: [], messages: [] };
  }
}

function lastLinesOf(streams: readonly Readable[]): () => string {
  const kept: string[] = [];
  for (const input of streams)
    createInterface({ input }).on('line', (line) => {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
    });
  return () => kept.join('\n');
}

/**
 * The process ends when its input does, and so with this one. On Linux the kernel sees to it even in the middle of
 * a world.
 */
function commandFor(binary: string, crds: string): readonly [string, ...string[]] {
  const args = ['-crds', crds];
  return process.platform === 'linux'
    ? ['setpriv', '--pdeathsig', 'KILL', '--', binary, ...args]
    : [binary, ...args];
}
