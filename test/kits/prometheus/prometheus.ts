// Runs Prometheus against one target, and promtool.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startChild, whenReady } from '../control-plane/child.ts';
import { run, type Outcome } from '../control-plane/command.ts';
import { freePort } from '../control-plane/ports.ts';
import { demand } from '../control-plane/real-parts.ts';
import { removeFolder, scratchFolder } from '../control-plane/scratch.ts';
import { ensurePrometheus } from './prerequisites.ts';

export type Prometheus = {
  /** The `data` of an answer of its API, such as that of `query?query=up`; throws where it reports an error. */
  readonly api: (path: string) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

type Answer = { readonly status: string; readonly data?: unknown; readonly error?: string };

/** Scrapes `127.0.0.1:port` each second as the job `egress-intent`, and evaluates the rules; `rules` is the text of a rule file. */
export async function startPrometheus(port: number, rules: string): Promise<Prometheus> {
  const { prometheus } = demand(await ensurePrometheus());
  const folder = await scratchFolder('prometheus');
  const listen = `127.0.0.1:${await freePort('127.0.0.1')}`;
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [join(folder, 'rules.yaml')],
    scrape_configs: [{ job_name: 'egress-intent', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
  };
  await writeFile(join(folder, 'rules.yaml'), rules);
  await writeFile(join(folder, 'prometheus.yaml'), stringify(config));
  const child = await startChild({
    name: 'prometheus',
    command: [
      prometheus,
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${listen}`,
    ],
    log: join(folder, 'prometheus.log'),
  });
  await whenReady(child, async () => (await fetch(`http://${listen}/-/ready`)).ok);
  return {
    api: async (path) => {
      const answer = (await (await fetch(`http://${listen}/api/v1/${path}`)).json()) as Answer;
      if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
      return answer.data;
    },
    stop: async () => {
      await child.kill();
      await removeFolder(folder);
    },
  };
}

/** Runs promtool in a folder with these files, by name. */
export async function promtool(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const parts = demand(await ensurePrometheus());
  const folder = await scratchFolder('promtool');
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return await run(parts.promtool, args, { cwd: folder });
  } finally {
    await removeFolder(folder);
  }
}
