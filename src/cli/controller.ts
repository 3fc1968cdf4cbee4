// `egress-intent controller`: runs the reconcile loop until a signal stops it.
import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULTS, LOG_LEVELS, MODES, type LogLevel } from '../controller/config.ts';
import { escaped } from '../domain/text.ts';
import type { Io } from './io.ts';
import { settingsOf, UsageError, withSettings, type SettingsFlags } from './options.ts';
import { PROGRAM_VERSION } from './version.ts';

type ControllerFlags = SettingsFlags & {
  readonly kubeconfig?: string;
  readonly concurrency: number;
  readonly writeConcurrency: number;
  readonly healthPort: number;
  readonly metricsPort: number;
  readonly debugPort: number;
  readonly logLevel: LogLevel;
  readonly mode: (typeof MODES)[number];
  readonly removalLimit: number;
  readonly leaderElect: boolean;
  readonly leaderElectionNamespace?: string;
};

const LEAST_NODE = { major: 22, minor: 19 } as const;

export function controllerCommand(io: Io): Command {
  return withSettings(
    withPorts(new Command('controller'))
      .description('write and maintain the Sidecar and ServiceEntry objects of every intent in the cluster')
      .option('--kubeconfig <file>', 'default: KUBECONFIG, ~/.kube/config, or the service account of the pod')
      .addOption(
        number('--concurrency <n>', 'namespaces that are reconciled at the same time', DEFAULTS.concurrency),
      )
      .addOption(
        number('--write-concurrency <n>', 'writes in flight at the same time', DEFAULTS.writeConcurrency),
      )
      .addOption(
        new Option('--mode <mode>', 'audit plans and reports, and writes only statuses')
          .choices(MODES)
          .default(DEFAULTS.mode),
      )
      .addOption(
        number(
          '--removal-limit <percent>',
          'managed objects that may be deleted or narrowed within 10 minutes',
          DEFAULTS.removalLimit,
        ),
      )
      .option('--leader-elect', 'run several replicas, of which one leads and writes, by a Lease', false)
      .option('--leader-election-namespace <name>', 'namespace of the Lease (default: that of the pod)')
      .addOption(
        new Option('--log-level <level>', 'least severe level that is logged')
          .choices(LOG_LEVELS)
          .default(DEFAULTS.logLevel),
      ),
  ).action((flags: ControllerFlags) => start(flags, io));
}

const withPorts = (command: Command): Command =>
  command
    .addOption(number('--health-port <port>', 'port of /healthz and /readyz', DEFAULTS.healthPort))
    .addOption(number('--metrics-port <port>', 'port of /metrics', DEFAULTS.metricsPort))
    .addOption(
      number('--debug-port <port>', 'port of /debug/flags/log-level, on 127.0.0.1 only', DEFAULTS.debugPort),
    );

async function start({ logLevel, leaderElect, ...flags }: ControllerFlags, io: Io): Promise<void> {
  const { kubeconfig, leaderElectionNamespace, ...others } = flags;
  const config = { ...others, settings: settingsOf(others) };
  demandNode(process.versions.node);
  demandTwoPorts(others);
  // Imported only here: the client needs a newer Node than the offline commands, and is most of their start-up time.
  const { runController } = await import('../controller/main.ts');
  await runController({
    config,
    logLevel,
    leaderElect,
    ...(leaderElectionNamespace === undefined ? {} : { leaderElectionNamespace }),
    version: PROGRAM_VERSION,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    io.stderr(`egress-intent controller: ${escaped(why)}\n`);
    io.exit(2);
  });
}

const number = (flags: string, description: string, initial: number): Option =>
  new Option(flags, description).default(initial).argParser((text: string) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
    throw new InvalidArgumentError('write a whole number from 0 to 65535.');
  });

/** 0 picks a free port for each. */
function demandTwoPorts({
  healthPort,
  metricsPort,
}: Pick<ControllerFlags, 'healthPort' | 'metricsPort'>): void {
  if (healthPort !== metricsPort || healthPort === 0) return;
  throw new UsageError(
    `--health-port and --metrics-port are both ${healthPort}: give one of them another port`,
  );
}

function demandNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST_NODE.major || (major === LEAST_NODE.major && minor >= LEAST_NODE.minor)) return;
  throw new UsageError(
    `the controller needs Node ${LEAST_NODE.major}.${LEAST_NODE.minor} or newer, this is ${version}`,
  );
}
