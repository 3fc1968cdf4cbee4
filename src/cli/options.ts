// Flags that several commands share, and their validation.
import { Option, type Command } from 'commander';
import { DEFAULT_ISTIO_NAMESPACE } from '../domain/kinds/mesh-config.ts';
import { pathText, type Problem } from '../domain/problem.ts';
import { escaped } from '../domain/text.ts';
import { MAX_SERVICE_ENTRIES, parseSettings, type Settings, type SettingsInput } from '../domain/settings.ts';

export type SettingsFlags = {
  readonly clusterDomain?: string;
  readonly platformHost?: readonly string[] | false;
  readonly clusterCidr?: readonly string[];
  readonly istioVersion?: string;
  readonly trustedNamespace?: readonly string[];
  readonly dnsCapture?: boolean;
  readonly remoteJwks?: boolean;
  readonly maxServiceEntriesPerIntent?: number;
  readonly maxServiceEntriesPerNamespace?: number;
  readonly istioNamespace: string;
};

/** The flags of commands that read objects from files. */
export type InputFlags = SettingsFlags & {
  readonly namespace: string;
  readonly complete: boolean;
  readonly filename?: readonly string[];
};

/** The command cannot do its work; the message says what to do. Exit code 2. */
export class UsageError extends Error {}

/** `before` is `false` after the `--no-` form of the flag. */
const repeatable = (value: string, before: readonly string[] | false = []): readonly string[] => [
  ...(before || []),
  value,
];

export function withSettings(command: Command): Command {
  for (const option of [...clusterOptions(), ...meshOptions(), ...boundOptions()]) command.addOption(option);
  return command;
}

export const withInput = (command: Command): Command =>
  withSettings(
    command
      .argument('[path...]', 'files, folders or - for standard input: intents, and the objects around them')
      .addOption(
        new Option('-f, --filename <path>', 'the same as a path, as for kubectl').argParser(repeatable),
      )
      .option('-n, --namespace <name>', 'namespace of objects that do not name one', 'default')
      .option('--complete', 'the input is the whole cluster: what is not in it does not exist', false)
      .addHelpText('after', `\n${EXIT_CODES}\n\n${EXAMPLE}`),
  );

/** What a command reads: the arguments, then the values of `--filename`. Throws `UsageError` where there is neither. */
export function pathsOf(paths: readonly string[], { filename = [] }: InputFlags): readonly string[] {
  const all = [...paths, ...filename];
  if (all.length > 0) return all;
  throw new UsageError('no input: name files or folders, or write - for standard input');
}

/** For the end of a help. */
export const EXIT_CODES = `Exit codes:
  0  no errors; there may be warnings and notes
  1  errors in the input; with validate --strict also warnings
  2  the command could not run`;

export const EXAMPLE = `Example:
  kubectl get egressintents,services,namespaces,pods --all-namespaces -o yaml | egress-intent validate -`;

const clusterOptions = (): readonly Option[] => [
  new Option('--cluster-domain <domain>', 'suffix of Service names (default: cluster.local)'),
  new Option(
    '--platform-host <namespace/host>',
    'a host that every restricted pod may call, such as istio-system/*; repeatable; replaces the default, kube-dns',
  ).argParser(repeatable),
  new Option(
    '--no-platform-host',
    'no platform host: a restricted pod may call only what intents grant, not even DNS over TCP',
  ),
  new Option(
    '--cluster-cidr <range>',
    'a range of addresses of this cluster; a cidr entry that overlaps it gets a warning; repeatable',
  ).argParser(repeatable),
];

const meshOptions = (): readonly Option[] => [
  new Option('--istio-namespace <name>', 'where istiod and its MeshConfig are').default(
    DEFAULT_ISTIO_NAMESPACE,
  ),
  new Option(
    '--istio-version <version>',
    'version of the oldest istiod (default: read from the pods of istiod, else 1.31)',
  ),
  new Option(
    '--dns-capture',
    'the proxies answer DNS and give each ServiceEntry an address (default: read from MeshConfig)',
  ),
  new Option(
    '--trusted-namespace <name>',
    'a namespace whose VirtualServices and ServiceEntries decide how allowed calls travel, besides those of the caller, of the called Service and of the root namespace; repeatable',
  ).argParser(repeatable),
  new Option('--no-dns-capture', 'the proxies do not answer DNS, whatever MeshConfig says'),
  new Option(
    '--remote-jwks',
    'the proxies fetch JWT keys themselves (PILOT_JWT_ENABLE_REMOTE_JWKS of istiod)',
  ),
];

const boundOptions = (): readonly Option[] => [
  new Option(
    '--max-service-entries-per-intent <n>',
    `ServiceEntries that one intent may cause (default: ${MAX_SERVICE_ENTRIES.perIntent})`,
  ).argParser(Number),
  new Option(
    '--max-service-entries-per-namespace <n>',
    `ServiceEntries that the intents of a namespace may cause (default: ${MAX_SERVICE_ENTRIES.perNamespace})`,
  ).argParser(Number),
];

/** Throws `UsageError` with every problem of the flags. */
export function settingsOf({
  platformHost,
  clusterCidr,
  trustedNamespace,
  istioNamespace,
  namespace = 'default',
  ...flags
}: SettingsFlags & Partial<Pick<InputFlags, 'namespace'>>): Settings {
  const platformHosts = platformHost === false ? [] : platformHost;
  const input: SettingsInput = {
    ...flags,
    platformHosts,
    clusterCidrs: clusterCidr,
    trustedNamespaces: trustedNamespace,
  };
  const settings = parseSettings(input);
  const problems = [
    ...(settings.ok ? [] : settings.error.map((problem) => flagProblemText(problem, input))),
    ...namespaceProblems('--istio-namespace', istioNamespace),
    ...namespaceProblems('--namespace', namespace),
  ];
  if (settings.ok && problems.length === 0) return settings.value;
  throw new UsageError(problems.join('\n'));
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A name that no namespace can have would match nothing, in silence. */
const namespaceProblems = (flag: string, name: string): readonly string[] =>
  NAMESPACE.test(name)
    ? []
    : [`${flag} ${escaped(name)}: is not the name of a namespace: use lower-case letters, digits and -`];

const FLAGS: Readonly<Record<string, string>> = {
  clusterDomain: '--cluster-domain',
  platformHosts: '--platform-host',
  clusterCidrs: '--cluster-cidr',
  istioVersion: '--istio-version',
  trustedNamespaces: '--trusted-namespace',
  maxServiceEntriesPerIntent: '--max-service-entries-per-intent',
  maxServiceEntriesPerNamespace: '--max-service-entries-per-namespace',
};

/** Names the flag, and its value: `--cluster-cidr 10.0.0.0: is not a CIDR range, ...`. */
function flagProblemText({ path: [setting = '', index], message }: Problem, input: SettingsInput): string {
  const values = new Map<string | number, unknown>(Object.entries(input)).get(setting);
  const value: unknown = Array.isArray(values) && typeof index === 'number' ? values[index] : values;
  const flag = FLAGS[setting] ?? pathText([setting]);
  return `${flag}${typeof value === 'string' ? ` ${escaped(value)}` : ''}: ${message}`;
}
