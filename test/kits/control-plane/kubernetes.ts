// A real Kubernetes API server for tests: etcd, kube-apiserver and, as an option, the garbage collector and the
// namespace controller. There are no nodes and no kubelet. Knows nothing of Istio.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { auditFlags, readAuditEvents, type AuditEvent } from './audit.ts';
import { ensureBinaries, ensureKubernetesBinaries, type KubernetesBinaries } from './binaries.ts';
import { untilReady } from './api-server-ready.ts';
import { startChild, type Child } from './child.ts';
import { installCrds } from './crds.ts';
import { etcdHistory, type EtcdHistory } from './etcd-history.ts';
import { ADMIN, kubeconfigText, writeCredentials, type Credentials, type User } from './credentials.ts';
import { freePort } from './ports.ts';
import { demand } from './real-parts.ts';
import { removeFolder, scratchFolder } from './scratch.ts';

export type KubernetesOptions = {
  /** The address of the API server. Default 127.0.0.1. */
  readonly bindAddress?: string;
  /** Runs the garbage collector and the namespace controller. Default false. */
  readonly controllerManager?: boolean;
  /**
   * CustomResourceDefinitions (YAML texts) that are established when the server is ready. The garbage collector
   * notices kinds that are installed later only after up to 30 s.
   */
  readonly crds?: readonly string[];
  /** Users in addition to the administrator. They may do what RBAC objects grant them. */
  readonly users?: readonly User[];
  /** Keeps every version of every object, which takes space: for tests that last longer than five minutes. Default false. */
  readonly keepHistory?: boolean;
  /** Runs everything in this network namespace (`ip netns`), which must have `bindAddress`. Needs root. */
  readonly netns?: string;
};

export type Kubernetes = {
  readonly url: string;
  /** The administrator's kubeconfig, as text. */
  readonly kubeconfig: string;
  /** The kubeconfig of one of the `users`, as text. Throws for any other name. */
  readonly kubeconfigFor: (user: string) => string;
  /** The requests so far, in the order of their answers. */
  readonly auditEvents: () => Promise<readonly AuditEvent[]>;
  /** Every version of every object. Complete for five minutes, after which the API server drops old ones; with `keepHistory` for ever. */
  readonly history: EtcdHistory;
  /** Freezes the API server, or etcd, until `resume`: connections stay open, and no request is answered. */
  readonly pause: (part?: Part) => void;
  readonly resume: (part?: Part) => void;
  /** Ends etcd and the API server, or one of them, with SIGKILL. */
  readonly crash: (...parts: readonly Part[]) => Promise<void>;
  /** Starts again what has ended, with the same data and port, and waits until all is ready. */
  readonly restart: () => Promise<void>;
  /** Ends every process and removes the data; the audit log goes into the folder that the variable AUDIT_LOGS names, if it is set. */
  readonly stop: () => Promise<void>;
};

/** A process that a test may stop. */
export type Part = 'etcd' | 'api';

/** What the processes are started with, the first time and after a crash. */
type Setup = {
  readonly folder: string;
  readonly binaries: KubernetesBinaries;
  readonly credentials: Credentials;
  readonly address: string;
  readonly ports: { readonly etcd: number; readonly peer: number; readonly api: number };
  readonly keepHistory: boolean;
  readonly netns: { readonly netns?: string };
};

/** Starts an API server; it is ready when this returns. Throws with the end of a log if a process ends first. */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  const setup = await prepare(options);
  const children: { etcd?: Child; api?: Child; controllers?: Child } = {};
  const url = `https://${setup.address}:${setup.ports.api}`;

  const launch = async (): Promise<void> => {
    if (children.etcd?.hasEnded() !== false) children.etcd = await startEtcd(setup);
    if (children.api?.hasEnded() !== false) children.api = await startApiserver(setup);
    await untilReady(children.api, {
      url,
      certificate: certificateOf(setup),
      token: setup.credentials.tokens.get(ADMIN.name) ?? '',
    });
  };
  const kill = (...names: readonly (keyof typeof children)[]) =>
    Promise.all(names.map(async (name) => children[name]?.kill()));
  const stop = async (): Promise<void> => {
    await kill('controllers', 'api', 'etcd');
    await keepAuditLog(setup);
    await removeFolder(setup.folder);
  };

  try {
    await launch();
    const ca = await readFile(certificateOf(setup), 'utf8');
    const kubeconfigFor = (user: string): string => {
      const token = setup.credentials.tokens.get(user);
      if (token === undefined) throw new Error(`the option users has no user ${user}`);
      return kubeconfigText({ url, ca, user, token });
    };
    const kubeconfig = kubeconfigFor(ADMIN.name);
    await installCrds(kubeconfig, options.crds ?? []);
    if (options.controllerManager) children.controllers = await startControllers(setup, kubeconfig);
    return {
      url,
      kubeconfig,
      kubeconfigFor,
      auditEvents: () => readAuditEvents(join(setup.folder, AUDIT)),
      history: etcdHistory(`http://127.0.0.1:${setup.ports.etcd}`),
      pause: (part = 'api') => children[part]?.signal('SIGSTOP'),
      resume: (part = 'api') => children[part]?.signal('SIGCONT'),
      crash: async (...parts) => void (await kill(...(parts.length === 0 ? BOTH : parts))),
      restart: launch,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const AUDIT = 'audit';
const BOTH: readonly Part[] = ['api', 'etcd'];

async function prepare(options: KubernetesOptions): Promise<Setup> {
  const {
    bindAddress = '127.0.0.1',
    controllerManager = false,
    users = [],
    netns,
    keepHistory = false,
  } = options;
  const binaries = demand(await (controllerManager ? ensureBinaries() : ensureKubernetesBinaries()));
  const folder = await scratchFolder('kubernetes');
  const [credentials, etcd, peer, api] = await Promise.all([
    writeCredentials(folder, users),
    // Checked on the host also for a network namespace of its own, in which every port is free.
    freePort('127.0.0.1'),
    freePort('127.0.0.1'),
    freePort('127.0.0.1'),
  ]);
  await mkdir(join(folder, AUDIT));
  return {
    folder,
    binaries,
    credentials,
    address: bindAddress,
    ports: { etcd, peer, api },
    keepHistory,
    netns: netns === undefined ? {} : { netns },
  };
}

function startEtcd({ folder, binaries, ports, netns }: Setup): Promise<Child> {
  const clients = `http://127.0.0.1:${ports.etcd}`;
  return startChild({
    name: 'etcd',
    log: join(folder, 'etcd.log'),
    ...netns,
    command: [
      binaries.etcd,
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${clients}`,
      `--advertise-client-urls=${clients}`,
      `--listen-peer-urls=http://127.0.0.1:${ports.peer}`,
      '--unsafe-no-fsync', // loses data at a power failure only, not when the process is killed
      '--log-level=warn',
    ],
  });
}

async function startApiserver(setup: Setup): Promise<Child> {
  const { folder, binaries, credentials, address, ports, netns, keepHistory } = setup;
  return startChild({
    name: 'kube-apiserver',
    log: join(folder, 'kube-apiserver.log'),
    ...netns,
    command: [
      binaries.kubeApiserver,
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      `--cert-dir=${join(folder, 'certificates')}`,
      `--bind-address=${address}`,
      `--secure-port=${ports.api}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--endpoint-reconciler-type=none', // no client uses the Service of the API server
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${credentials.serviceAccountKey}`,
      `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
      `--token-auth-file=${credentials.tokenFile}`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount', // no controller makes the ServiceAccounts that Pods would need
      ...(keepHistory ? ['--etcd-compaction-interval=0'] : []),
      ...(await auditFlags(join(folder, 'audit-policy.json'), join(folder, AUDIT))),
    ],
  });
}

async function startControllers({ folder, binaries, netns }: Setup, kubeconfig: string): Promise<Child> {
  const file = join(folder, 'admin.kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  return startChild({
    name: 'kube-controller-manager',
    log: join(folder, 'kube-controller-manager.log'),
    ...netns,
    command: [
      binaries.kubeControllerManager ?? 'kube-controller-manager',
      `--kubeconfig=${file}`,
      '--controllers=garbage-collector-controller,namespace-controller',
      '--leader-elect=false',
      '--secure-port=0',
    ],
  });
}

async function keepAuditLog(setup: Setup): Promise<void> {
  const kept = process.env['AUDIT_LOGS'];
  if (kept !== undefined && kept !== '')
    await rename(join(setup.folder, AUDIT), join(kept, basename(setup.folder)));
}

/** The server makes an authority and signs its certificate with it; the file holds both certificates. */
function certificateOf({ folder }: Setup): string {
  return join(folder, 'certificates', 'apiserver.crt');
}
