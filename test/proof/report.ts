// A failing world as a file: what is wrong with it, and the objects, so that `render` shows what we make of them.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { clusterOf, intentObjects } from './objects.ts';
import type { Failure } from './prove.ts';

/** YAML that `render` takes, with the faults and the command at its head. */
export function reportOf({ world, faults }: Failure, path: string): string {
  const flags = [
    '--complete',
    `--istio-version ${world.istioVersion}`,
    ...(world.dnsCapture ? ['--dns-capture'] : []),
    ...(world.dnsAllowed ? [] : ['--no-platform-host']),
  ];
  const head = [
    `# npm run --silent cli -- render ${flags.join(' ')} ${path}`,
    ...faults.map(({ pod, kind, what }) => `# ${kind}: ${pod}${pod.startsWith('pod-') ? '' : ':'} ${what}`),
  ];
  const objects = [...clusterOf(world), ...intentObjects(world)];
  return `${head.join('\n')}\n${objects.map((object) => stringify(object)).join('---\n')}`;
}

/** The path of the file that was written. */
export async function writeReport(failure: Failure): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'egress-intent-proof-')), 'world.yaml');
  await writeFile(path, reportOf(failure, path));
  return path;
}
