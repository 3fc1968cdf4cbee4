// Calls URLs from a pod without pause while a test changes the configuration, and records every call.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, whenReady } from '../control-plane/child.ts';
import type { CallRecord, TrafficConfig } from './traffic.ts';

export type LoopOptions = {
  /** Keeps one connection open for each URL. Default false: a new connection for each call. */
  readonly keepAlive?: boolean;
  /** The pause after each call to a URL, in milliseconds. Default 5, which leaves the processor some time. */
  readonly pauseMs?: number;
};

export type Loop = {
  /** The calls so far, in the order of their ends. */
  readonly records: () => Promise<readonly CallRecord[]>;
  /** Ends the loop and returns all calls. Throws if the loop ended by itself, by an error. */
  readonly stop: () => Promise<readonly CallRecord[]>;
  /** Ends the loop. */
  readonly kill: () => Promise<void>;
};

/** `authority` is the path of the certificate authority. */
export type LoopContext = { readonly folder: string; readonly netns: string; readonly authority: string };

let loops = 0;

/** Starts to call all URLs in parallel. Each has been called once when this returns. */
export async function startLoop(
  { folder, netns, authority }: LoopContext,
  urls: readonly string[],
  { keepAlive = false, pauseMs = 5 }: LoopOptions,
): Promise<Loop> {
  loops += 1;
  const path = join(folder, `${netns}.loop-${loops}`);
  const config: TrafficConfig = {
    records: `${path}.records`,
    urls,
    keepAlive,
    pauseMs,
    authority: await readFile(authority, 'utf8'),
  };
  await writeFile(`${path}.json`, JSON.stringify(config));
  const child = await startChild({
    name: `the loop in ${netns}`,
    log: `${path}.log`,
    netns,
    command: [process.execPath, join(import.meta.dirname, 'traffic.ts'), `${path}.json`],
  });
  const records = (): Promise<readonly CallRecord[]> => readRecords(config.records);
  await whenReady(child, async () => new Set((await records()).map(({ url }) => url)).size === urls.length);
  return {
    records,
    stop: async () => {
      if (child.hasEnded()) throw new Error(`${child.name} ended by an error:\n${await child.lastLines()}`);
      await child.kill();
      return records();
    },
    kill: child.kill,
  };
}

async function readRecords(path: string): Promise<readonly CallRecord[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CallRecord);
}
