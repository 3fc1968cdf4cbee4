// How long a plain controller of controller-runtime takes for the same intents, its start included.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWithGo } from '../../kits/control-plane/go-build.ts';
import { demand } from '../../kits/control-plane/real-parts.ts';
import type { KubeObject } from '../../support/cluster.ts';
import { inParallel } from '../bare-writer.ts';
import { API, CONNECTIONS, ISTIO, type BenchCluster } from '../cluster.ts';
import { convergeObjects, doneCounter } from '../converge.ts';

/** In ms. */
export async function measureReference(bench: BenchCluster, intents: number): Promise<number> {
  const program = await built();
  const prefix = `r${intents}-`;
  const namespaces = convergeObjects(intents, prefix);
  await bench.create(namespaces.flatMap(({ around }) => around));
  await bench.create(namespaces.flatMap((each) => each.intents));
  const mine = ({ metadata }: KubeObject): boolean => metadata.namespace?.startsWith(prefix) === true;
  const isDone = doneCounter(intents, mine);
  await bench.writer.watch(API, 'egressintents', isDone.onEvent);

  const folder = await mkdtemp(join(tmpdir(), 'egress-intent-reference-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, bench.kubernetes.kubeconfig, { mode: 0o600 });
  const started = performance.now();
  const child = spawn(program, [kubeconfig], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const took = (await isDone.all) - started;
  child.kill('SIGTERM');
  await ended;
  await rm(folder, { recursive: true });

  const written = [
    ...(await bench.writer.list(ISTIO, 'sidecars')),
    ...namespaces.flatMap((each) => each.intents),
  ];
  await inParallel(
    written.filter(mine).map((object) => () => bench.writer.remove(object)),
    CONNECTIONS,
  );
  return took;
}

async function built(): Promise<string> {
  const { folder } = demand(
    await buildWithGo({
      name: 'bench-reference',
      title: 'the reference of the bench',
      module: import.meta.dirname,
      inputs: ['go.mod', 'go.sum', 'main.go'],
      arguments: ['.'],
      duration: 'some minutes',
    }),
  );
  return join(folder, 'reference');
}
