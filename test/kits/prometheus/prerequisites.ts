// Provides prometheus and promtool: those in PATH, or those of Debian's package, unpacked into the cache folder. Installs nothing.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, fillOnce } from '../control-plane/cache.ts';
import { mustRun, run } from '../control-plane/command.ts';
import type { Unavailable } from '../control-plane/real-parts.ts';

/** The commands, or their absolute paths. */
export type PrometheusParts = {
  readonly kind: 'available';
  readonly prometheus: string;
  readonly promtool: string;
};

export type PrometheusPartsOptions = {
  /** Refreshes the lists of apt-get where they do not know the package. Default: only with CI=true. */
  readonly mayUpdate?: boolean;
};

const ADVICE = 'Prometheus cannot run on this machine. Install it with: apt-get install prometheus';

export async function ensurePrometheus({
  mayUpdate = process.env['CI'] === 'true',
}: PrometheusPartsOptions = {}): Promise<PrometheusParts | Unavailable> {
  if ((await has('prometheus')) && (await has('promtool')))
    return { kind: 'available', prometheus: 'prometheus', promtool: 'promtool' };
  const folder = cacheFolder('prometheus', process.arch);
  const [prometheus, promtool] = [join(folder, 'usr/bin/prometheus'), join(folder, 'usr/bin/promtool')];
  const parts = { kind: 'available', prometheus, promtool } as const;
  if (existsSync(folder)) return parts;
  if (!(await has('apt-get')) || !(await has('dpkg-deb'))) return { kind: 'unavailable', why: ADVICE };
  try {
    await fillOnce(folder, (draft) => unpackInto(draft, mayUpdate));
    return parts;
  } catch (error) {
    return { kind: 'unavailable', why: `${ADVICE} (${String(error)})` };
  }
}

const has = async (command: string): Promise<boolean> =>
  (await run('sh', ['-c', `command -v ${command}`])).code === 0;

async function unpackInto(draft: string, mayUpdate: boolean): Promise<void> {
  process.stderr.write('egress-intent: downloading the package prometheus (19 MB) with apt-get\n');
  const options = { cwd: draft };
  const download = ['download', 'prometheus'];
  if (mayUpdate && (await run('apt-get', download, options)).code !== 0)
    await mustRun('apt-get', ['update', '--quiet'], options);
  await mustRun('apt-get', download, options);
  await mustRun('sh', ['-c', 'dpkg-deb --extract prometheus_*.deb .'], options);
  await mustRun('sh', ['-c', 'rm -r prometheus_*.deb etc lib usr/share var 2>/dev/null || true'], options);
  await rm(join(draft, 'usr/lib'), { recursive: true, force: true });
}
