// The controller as a process, as the image runs it, with what Linux and its metrics say about it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import type { MemoryGroup } from './memory-group.ts';
import { freePort } from '../kits/control-plane/ports.ts';

/** As in the Dockerfile. */
const NODE_OPTIONS = '--max-semi-space-size=4 --max-old-space-size-percentage=75';
/** The same without a control group: 75 % of the memory limit of deploy/controller.yaml. */
const NODE_OPTIONS_UNLIMITED = '--max-semi-space-size=4 --max-old-space-size=192';
/** Of a clock tick, which Linux fixes for programs. */
const MS_PER_TICK = 10;

export type MeasuredProcess = {
  /** In MB. */
  readonly residentMemory: () => number;
  /** Processor time since the start, in ms. */
  readonly cpu: () => number;
  /** Runs of namespaces since the start. */
  readonly runs: () => Promise<number>;
  /** Of the event loop, in ms, since the last call. */
  readonly loopDelay: () => Promise<{ readonly p99: number; readonly max: number }>;
  /** What the heap holds, garbage included, in MB. */
  readonly heap: () => Promise<number>;
  readonly ready: () => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

/** The shell joins the group, and becomes the program. */
const JOIN_AND_RUN = 'echo $$ > "$0" && exec "$@"';

/** `group` limits its memory. */
export async function startMeasured(
  bundle: string,
  kubeconfig: string,
  group?: MemoryGroup,
): Promise<MeasuredProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'egress-intent-bench-'));
  const file = join(folder, 'kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  const [healthPort, metricsPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  // Edits that replace entries of every intent in turn are what the brake is there to stop.
  const ports = [
    '--health-port',
    String(healthPort),
    '--metrics-port',
    String(metricsPort),
    '--debug-port',
    '0',
  ];
  const unbraked = ['--removal-limit', '100'];
  const command = [process.execPath, bundle, 'controller', '--kubeconfig', file, ...ports, ...unbraked];
  const [program = '', ...args] =
    group === undefined ? command : ['sh', '-c', JOIN_AND_RUN, group.members, ...command];
  const options = group === undefined ? NODE_OPTIONS_UNLIMITED : NODE_OPTIONS;
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: options, NODE_ENV: 'production' },
  });
  const ended = once(child, 'exit');
  const read = (name: string): string => readFileSync(`/proc/${child.pid}/${name}`, 'utf8');
  return {
    residentMemory: () => Number(/^Rss:\s+(\d+) kB/m.exec(read('smaps_rollup'))?.[1]) / 1024,
    cpu: () => {
      const [, fields = ''] = /\) (.*)/.exec(read('stat')) ?? [];
      const [user, system] = fields.split(' ').slice(11, 13).map(Number);
      return ((user ?? 0) + (system ?? 0)) * MS_PER_TICK;
    },
    runs: async () => {
      const { body } = await request(`http://127.0.0.1:${metricsPort}/metrics`);
      const counts = (await body.text()).matchAll(/^egress_intent_reconciles_total\{.*\} (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    loopDelay: async () => {
      const { body } = await request(`http://127.0.0.1:${metricsPort}/metrics`);
      const text = await body.text();
      const seconds = (name: string): number =>
        Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)$`, 'm').exec(text)?.[1]);
      return { p99: seconds('p99') * 1000, max: seconds('max') * 1000 };
    },
    heap: async () => {
      const { body } = await request(`http://127.0.0.1:${metricsPort}/metrics`);
      return Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(await body.text())?.[1]) / 1024 / 1024;
    },
    ready: async () => {
      const answer = await request(`http://127.0.0.1:${healthPort}/readyz`).catch(() => undefined);
      await answer?.body.dump();
      return answer?.statusCode === 200;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
