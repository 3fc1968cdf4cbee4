// The network of one mesh, in Linux network namespaces that no other program uses. Knows nothing of Kubernetes objects.
//
//     test process          the cluster's namespace               a pod's namespace
//     (host) .2 ----veth--- .1: etcd, kube-apiserver, istiod ---veth--- .16, .17, ...
//                           router, DNS, stand-in for kube-proxy        app, Envoy
//
// Each pod has its own address and reaches everything, other pods included, through the router, so that replies
// pass the translation of ClusterIPs again. The test process reaches the cluster and the pods through a veth.
// Addresses are in 198.18.0.0/15, which RFC 2544 reserves for tests.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, run } from '../control-plane/command.ts';
import { isAlive } from '../control-plane/scratch.ts';
import { onProcessEnd } from './on-process-end.ts';

const NAMES = 'egress-intent';
const CONFIG_FOLDER = '/etc/netns'; // of `ip netns`
const OWNED = /^egress-intent-(?<pid>\d+)-/;
const MESHES = 32; // /20 blocks of 198.18.0.0/15

export type Network = {
  /** The name (`ip netns`) of the cluster's namespace. */
  readonly netns: string;
  /** The router's address, where the API server, istiod and DNS listen. */
  readonly gateway: string;
  /**
   * Connects a new namespace to the router. Its address is one of the network unless `ip` is given.
   * `resolvConf` is the text of /etc/resolv.conf for programs in the namespace.
   */
  readonly join: (name: string, options: JoinOptions) => Promise<Host>;
  /** Replaces all translations. Of several for one ClusterIP and port, the first that applies is used. */
  readonly translate: (translations: readonly Translation[]) => Promise<void>;
  /** Removes every namespace of this network. */
  readonly remove: () => Promise<void>;
};

export type JoinOptions = { readonly resolvConf: string; readonly ip?: string };

/** Sends a connection to the ClusterIP on to `ip` and `targetPort`, with this probability (0 to 1). */
export type Translation = {
  readonly clusterIp: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
  readonly ip: string;
  readonly targetPort: number;
  readonly probability: number;
};

/** A network namespace with an IPv4 address. */
export type Host = { readonly netns: string; readonly ip: string; readonly remove: () => Promise<void> };

let networks = 0;

/** Makes a network that has only the router. First removes the networks of test processes that were killed. */
export async function makeNetwork(): Promise<Network> {
  await sweepNetworks();
  networks += 1;
  const netns = `${NAMES}-${process.pid}-${networks}`;
  const isPart = (name: string): boolean => name === netns || name.startsWith(`${netns}-`);
  const cancelRemoval = onProcessEnd(() => removeNamespacesAtOnce(isPart));
  const block = await makeRouter(netns);
  const gateway = addressOf(block, 1);
  let joined = 0;

  const joinHost = async (name: string, { resolvConf, ip: wanted }: JoinOptions): Promise<Host> => {
    joined += 1;
    const [port, ip] = [`port${joined}`, wanted ?? addressOf(block, 15 + joined)];
    const host = { netns: `${netns}-${name}`, ip };
    await writeResolvConf(host.netns, resolvConf);
    await ipBatch(undefined, [
      `netns add ${host.netns}`,
      `link add eth0 netns ${host.netns} type veth peer name ${port} netns ${netns}`,
    ]);
    await ipBatch(netns, [`link set ${port} up`, `route add ${ip} dev ${port}`]);
    await ipBatch(host.netns, [
      'link set lo up',
      `address add ${ip}/32 dev eth0`,
      'link set eth0 up',
      `route add ${gateway} dev eth0`,
      `route add default via ${gateway} src ${ip}`,
    ]);
    return { ...host, remove: () => removeNamespace(host.netns) };
  };

  return {
    netns,
    gateway,
    join: joinHost,
    translate: (translations) =>
      restoreIptables(netns, [
        '*nat',
        ':PREROUTING ACCEPT',
        ':POSTROUTING ACCEPT',
        ...translations.map((translation) => `-A PREROUTING ${ruleOf(translation)}`),
        ...[...new Set(translations.map(({ ip }) => ip))].map(
          (ip) => `-A POSTROUTING -s ${ip}/32 -d ${ip}/32 -j SNAT --to-source ${gateway}`, // a pod that calls itself
        ),
        'COMMIT',
      ]),
    remove: async () => {
      await removeNamespaces(isPart);
      cancelRemoval();
    },
  };
}

/** Loads the lines of an iptables-save text in a namespace. Empties the chains that the lines declare first. */
export async function restoreIptables(netns: string, lines: readonly string[]): Promise<void> {
  const args = ['netns', 'exec', netns, 'iptables-restore', '--wait', '--noflush'];
  await mustRun('ip', args, { stdin: `${lines.join('\n')}\n` });
}

function ruleOf({ clusterIp, protocol, port, ip, targetPort, probability }: Translation): string {
  const match = `-d ${clusterIp}/32 -p ${protocol.toLowerCase()} --dport ${port}`;
  const share =
    probability === 1 ? '' : ` -m statistic --mode random --probability ${probability.toFixed(5)}`;
  return `${match}${share} -j DNAT --to-destination ${ip}:${targetPort}`;
}

/** Removes the networks of test processes that were killed. Their child processes died with them. */
async function sweepNetworks(): Promise<void> {
  await removeNamespaces((name) => {
    const pid = OWNED.exec(name)?.groups?.['pid'];
    return pid !== undefined && !isAlive(Number(pid));
  });
}

/** Returns the number of the router's block of addresses. */
async function makeRouter(netns: string): Promise<number> {
  await mustRun('ip', ['netns', 'add', netns]);
  try {
    const block = await claimBlock(netns);
    const [gateway, host, name] = [addressOf(block, 1), addressOf(block, 2), hostInterface(block)];
    await ipBatch(netns, [
      'link set lo up',
      `address add ${gateway}/32 dev lo`,
      'link set host up',
      `route add ${host} dev host`,
    ]);
    await ipBatch(undefined, [
      `address add ${host}/32 dev ${name}`,
      `link set ${name} up`,
      `route add ${gateway} dev ${name} src ${host}`,
      `route add ${addressOf(block, 0)}/20 via ${gateway} dev ${name} src ${host}`,
    ]);
    const routing = 'cd /proc/sys/net/ipv4 && echo 1 >ip_forward && echo 0 >conf/all/rp_filter';
    await mustRun('ip', ['netns', 'exec', netns, 'sh', '-c', routing]);
    return block;
  } catch (error) {
    await removeNamespace(netns);
    throw error;
  }
}

/** The name of the host-side interface reserves the block: the kernel allows each name only once. */
async function claimBlock(netns: string): Promise<number> {
  for (let block = 0; block < MESHES; block += 1) {
    const veth = `link add ${hostInterface(block)} type veth peer name host netns ${netns}`;
    const { code, stderr } = await run('ip', veth.split(' '));
    if (code === 0) return block;
    if (!stderr.includes('File exists')) throw new Error(`ip ${veth}: ${stderr}`);
  }
  throw new Error(
    `${MESHES} meshes run on this machine already, which is the most that this test network allows`,
  );
}

function hostInterface(block: number): string {
  return `egress${block}`;
}

function addressOf(block: number, host: number): string {
  const offset = block * 4096 + host;
  return `198.${18 + Math.floor(offset / 65_536)}.${Math.floor(offset / 256) % 256}.${offset % 256}`;
}

async function ipBatch(netns: string | undefined, commands: readonly string[]): Promise<void> {
  const where = netns === undefined ? [] : ['-netns', netns];
  await mustRun('ip', [...where, '-batch', '-'], { stdin: `${commands.join('\n')}\n` });
}

/** `ip netns exec` mounts this file over /etc/resolv.conf. */
async function writeResolvConf(netns: string, text: string): Promise<void> {
  await mkdir(join(CONFIG_FOLDER, netns), { recursive: true });
  await writeFile(join(CONFIG_FOLDER, netns, 'resolv.conf'), text);
}

async function removeNamespaces(isWanted: (name: string) => boolean): Promise<void> {
  await Promise.all(namespacesNamed(isWanted).map(removeNamespace));
}

/** As `removeNamespaces`, but synchronous, for a process that is about to end. */
function removeNamespacesAtOnce(isWanted: (name: string) => boolean): void {
  for (const netns of namespacesNamed(isWanted)) {
    spawnSync('ip', ['netns', 'delete', netns]);
    rmSync(join(CONFIG_FOLDER, netns), { recursive: true, force: true });
  }
}

function namespacesNamed(isWanted: (name: string) => boolean): readonly string[] {
  const names = ['/run/netns', CONFIG_FOLDER].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder) : [],
  );
  return [...new Set(names)].filter(isWanted);
}

/** The kernel removes its interfaces too, with both ends of each veth. */
async function removeNamespace(netns: string): Promise<void> {
  await run('ip', ['netns', 'delete', netns]);
  await rm(join(CONFIG_FOLDER, netns), { recursive: true, force: true });
}
