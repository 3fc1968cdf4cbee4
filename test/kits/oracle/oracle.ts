// Builds and starts the oracle: a Go process in which istiod's own code judges which calls a configuration lets through. It knows
// nothing of intents.
import { spawn } from 'node:child_process';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { mustRun } from '../control-plane/command.ts';
import { buildWithGo } from '../control-plane/go-build.ts';
import { demand, type Unavailable } from '../control-plane/real-parts.ts';
import type { OracleAnswer, ProbeRequest } from './probe-request.ts';

/** The pinned Istio release, or the older one of go.older.mod. */
export type OracleOptions = { readonly istio?: 'current' | 'older' };

export type Oracle = {
  readonly pid: number;
  /**
   * Judges one request. Requests may be sent without waiting; they are judged one after the other, in that order.
   * Rejects if the request cannot be understood or the process ended.
   */
  readonly judge: (request: ProbeRequest) => Promise<OracleAnswer>;
  /** Ends the process. Pending requests are rejected. */
  readonly stop: () => Promise<void>;
};

export type OracleBinary = { readonly kind: 'available'; readonly binary: string; readonly crds: string };

const MODULE = import.meta.dirname;
const VARIANTS = {
  current: { modfile: 'go.mod', sumfile: 'go.sum', tags: 'vtprotobuf' },
  older: { modfile: 'go.older.mod', sumfile: 'go.older.sum', tags: 'vtprotobuf,older' },
} as const;
/** Lines of the log that an error message quotes: enough for a panic and its stack. */
const KEPT_LINES = 200;

/** The path of the oracle's binary, which is built with Go unless it is in the cache. */
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

/** Of awaitRoutes in gateway_settled.go: now and then a mesh never hears of a route, and another one for the same request does. */
const ROUTES_AWAITED = 'retry.UntilOrFail: timeout';

/** Starts an oracle. Throws with what to install if it cannot be built. The caller must call `stop`. */
export async function startOracle(options: OracleOptions = {}): Promise<Oracle> {
  const { binary, crds } = demand(await ensureOracle(options));
  const [program, ...args] = commandFor(binary, crds);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const input = child.stdin;
  const logTail = lastLinesOf([child.stdout, child.stderr]); // Istio's packages log to both
  const pending = new Map<string, PromiseWithResolvers<OracleAnswer>>();
  let end: string | undefined;
  let requests = 0;

  createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
    const { id, error, ...answer } = answerIn(line);
    const response = pending.get(id);
    pending.delete(id);
    if (error === undefined) response?.resolve(answer);
    else response?.reject(new Error(`the oracle cannot judge the request: ${error}`));
  });
  input.on('error', () => undefined); // the `close` event below has the reason

  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  child.once('spawn', started.resolve);
  child.once('error', started.reject);
  child.once('close', (code, signal) => {
    end = `the oracle ended (${signal ?? `exit code ${code}`}):\n${logTail()}`;
    for (const { reject } of pending.values()) reject(new Error(end));
    pending.clear();
    ended.resolve();
  });
  await started.promise;

  async function ask(request: ProbeRequest): Promise<OracleAnswer> {
    if (end !== undefined) throw new Error(end);
    const id = String(++requests);
    const response = Promise.withResolvers<OracleAnswer>();
    pending.set(id, response);
    input.write(`${JSON.stringify({ ...request, id })}\n`);
    return response.promise;
  }

  return {
    pid: child.pid ?? -1,
    judge: async (request) => {
      try {
        return await ask(request);
      } catch (error) {
        if (!(error instanceof Error && error.message.includes(ROUTES_AWAITED))) throw error;
        return ask(request);
      }
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended.promise;
    },
  };
}

type Answer = OracleAnswer & { readonly id: string; readonly error?: string };

/** A process that dies may leave half a line; it is read as an answer without an id, which no request has. */
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
 * The oracle ends when its input ends, and so with this process. On Linux the kernel kills it with this process even in the middle
 * of a request.
 */
function commandFor(binary: string, crds: string): readonly [string, ...string[]] {
  const args = ['-crds', crds];
  return process.platform === 'linux'
    ? ['setpriv', '--pdeathsig', 'KILL', '--', binary, ...args]
    : [binary, ...args];
}
