// A control group of Linux with a limit of memory, as the kubelet gives one to a container: a process that needs more is killed.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type MemoryGroup = {
  /** A process that writes its id to this file joins the group. */
  readonly members: string;
  /** The most that its processes needed at once since the last call, in MB: memory that the kernel cannot take back. */
  readonly peak: () => number;
  /** How many processes were killed for want of memory. */
  readonly killed: () => number;
  /** Once no process is in it. */
  readonly remove: () => void;
};

/** Where the kernel has the controller of memory: the second version of control groups need not have it. */
const ROOT = '/sys/fs/cgroup/memory';
const SAMPLE_MS = 20;
const MIB = 1024 * 1024;

/** `limit` is in MiB. Throws if this machine cannot limit memory. */
export function memoryGroup(limit: number): MemoryGroup {
  if (!existsSync(ROOT))
    throw new Error(`${ROOT} is missing: mount it (mount -t cgroup -o memory none ${ROOT})`);
  const folder = join(ROOT, `egress-intent-bench-${process.pid}-${limit}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'memory.limit_in_bytes'), String(limit * MIB));
  const read = (file: string, field: RegExp): number =>
    Number(field.exec(readFileSync(join(folder, file), 'utf8'))?.[1]);
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, read('memory.stat', /^total_rss (\d+)$/m) / MIB);
  }, SAMPLE_MS);
  return {
    members: join(folder, 'cgroup.procs'),
    peak: () => {
      const highest = peak;
      peak = 0;
      return highest;
    },
    killed: () => read('memory.oom_control', /^oom_kill (\d+)$/m),
    remove: () => {
      clearInterval(timer);
      rmdirSync(folder);
    },
  };
}
