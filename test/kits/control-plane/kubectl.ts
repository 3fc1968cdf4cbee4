// Runs kubectl against a kubeconfig.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureKubernetesBinaries } from './binaries.ts';
import { run, type Outcome } from './command.ts';
import { demand } from './real-parts.ts';
import { removeFolder, scratchFolder } from './scratch.ts';

/** Runs `kubectl ARGS` with the text as standard input. Neither reads nor writes the user's ~/.kube. */
export async function kubectl(kubeconfig: string, args: readonly string[], stdin = ''): Promise<Outcome> {
  const binaries = demand(await ensureKubernetesBinaries());
  const folder = await scratchFolder('kubectl');
  try {
    const file = join(folder, 'kubeconfig');
    await writeFile(file, kubeconfig, { mode: 0o600 });
    return await run(binaries.kubectl, args, {
      stdin,
      env: { KUBECONFIG: file, KUBECACHEDIR: join(folder, 'cache'), KUBERC: 'off' },
    });
  } finally {
    await removeFolder(folder);
  }
}
