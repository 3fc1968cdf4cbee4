// Flags that several commands share. What they mean is checked in one place, whatever the command.
import { Option, type Command } from 'commander';
import { pathText } from '../domain/egress-intent/messages.ts';
import { parseSettings, type Settings } from '../domain/settings.ts';

export type SettingsFlags = {
  readonly clusterDomain?: string;
  readonly platformHost?: readonly string[] | false;
  readonly clusterCidr?: readonly string[];
  readonly istioVersion?: string;
  readonly dnsCapture?: boolean;
  readonly remoteJwks?: boolean;
  readonly istioNamespace: string;
};

/** The process could not do its work; the message says what to do. Exit code 2. */
export class UsageError extends Error {}

/** `before` is `false` after the flag that says none. */
const repeatable = (value: string, before: readonly string[] | false = []): readonly string[] => [
  ...(before || []),
  value,
];

export function withSettings(command: Command): Command {
  for (const option of [...clusterOptions(), ...meshOptions()]) command.addOption(option);
  return command;
}

const clusterOptions = (): readonly Option[] => [
  new Option('--cluster-domain <domain>', 'suffix of Service names (default: cluster.local)'),
  new Option(
    '--platform-host <namespace/host>',
    'a host that every closed pod may call, such as istio-system/*; repeatable; replaces the default, which is kube-dns',
  ).argParser(repeatable),
  new Option(
    '--no-platform-host',
    'none: a closed pod may call what intents grant and nothing else, not even DNS over TCP',
  ),
  new Option(
    '--cluster-cidr <range>',
    "a range of the cluster's own addresses, to warn of a cidr that covers it; repeatable",
  ).argParser(repeatable),
];

const meshOptions = (): readonly Option[] => [
  new Option('--istio-namespace <name>', 'where istiod runs and its MeshConfig is').default('istio-system'),
  new Option(
    '--istio-version <version>',
    'version of the oldest istiod (default: as the pods of istiod say, or else 1.31)',
  ),
  new Option(
    '--dns-capture',
    'the proxies answer DNS themselves, with an address for each ServiceEntry (default: as MeshConfig says)',
  ),
  new Option('--no-dns-capture', 'they do not, whatever MeshConfig says'),
  new Option(
    '--remote-jwks',
    'the proxies fetch the keys of tokens themselves (PILOT_JWT_ENABLE_REMOTE_JWKS of istiod)',
  ),
];

/** Throws `UsageError` with everything that is wrong. */
export function settingsOf({ platformHost, clusterCidr, ...flags }: SettingsFlags): Settings {
  const platformHosts = platformHost === false ? [] : platformHost;
  const settings = parseSettings({ ...flags, platformHosts, clusterCidrs: clusterCidr });
  if (settings.ok) return settings.value;
  throw new UsageError(settings.error.map(({ path, message }) => `${pathText(path)}: ${message}`).join('\n'));
}
