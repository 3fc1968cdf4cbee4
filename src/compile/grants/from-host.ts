// An `allow` entry of kind host: a host outside the mesh, registered by a managed ServiceEntry unless a foreign one registers it.
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Intent } from '../../domain/egress-intent/intent.ts';
import { isServiceHost } from '../../domain/istio/service-host.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import { isEmpty } from '../../domain/labels.ts';
import type { HostName, HostPort } from '../../domain/network.ts';
import { foreignEntryInForce, laterForeignEntry } from './duplicate-registrations.ts';
import { oldestIntentFirst } from './grant.ts';
import {
  serviceEntryDiagnostics,
  target,
  type EntryDiagnostic,
  type EntryOf,
  type EntryResolution,
  type GrantedHosts,
} from './resolution.ts';

export function resolveHost({ host, ports }: EntryOf<'host'>, snapshot: Snapshot): EntryResolution {
  const { namespace, settings } = snapshot;
  if (isServiceHost(host, settings.clusterDomain)) {
    return { diagnostics: [{ code: 'HostIsService', host }] };
  }
  const foreign = foreignEntryInForce(host, snapshot);
  if (foreign !== undefined) return resolveThroughForeignEntry(host, ports, foreign, snapshot);
  const ambiguous = ports.filter(({ protocol }) => protocol === 'TCP' && !hasAddress(host, snapshot));
  const distinguishable = ports.filter((port) => !ambiguous.includes(port));
  const later = laterForeignEntry(host, snapshot);
  const granted = {
    ...grantedHosts(host, distinguishable, namespace),
    diagnostics: later === undefined ? [] : [alsoRegistered(host, later)],
  };
  if (ambiguous.length === 0) return granted;
  const since = host.startsWith('*.') ? undefined : oldestNamespaceDefault(snapshot);
  if (since !== undefined) {
    return { ...granted, conditional: { since, ...grantedHosts(host, ambiguous, namespace) } };
  }
  const refusal: EntryDiagnostic = { code: 'TcpHostNeedsAddress', host, ports: numbersOf(ambiguous) };
  return { ...granted, diagnostics: [...granted.diagnostics, refusal] };
}

function grantedHosts(host: HostName, ports: readonly HostPort[], namespace: string): GrantedHosts {
  if (ports.length === 0) return { targets: [], externals: [] };
  return {
    targets: [target(`${namespace}/${host}`, numbersOf(ports))],
    externals: [{ kind: 'host', host, ports }],
  };
}

const numbersOf = (ports: readonly HostPort[]): readonly number[] => ports.map(({ port }) => port);

function resolveThroughForeignEntry(
  host: HostName,
  ports: readonly HostPort[],
  entry: LiveServiceEntry,
  { namespace, settings }: Snapshot,
): EntryResolution {
  const title = `${namespace}/${entry.name}`;
  return {
    targets: [target(`${namespace}/${host}`, numbersOf(ports))],
    diagnostics: [
      alsoRegistered(host, entry),
      ...serviceEntryDiagnostics(title, entry, host, numbersOf(ports), settings),
    ],
  };
}

const alsoRegistered = (host: HostName, { namespace, name }: LiveServiceEntry): EntryDiagnostic => ({
  code: 'HostAlsoRegistered',
  host,
  serviceEntry: `${namespace}/${name}`,
});

const hasAddress = (host: HostName, { settings }: Snapshot): boolean =>
  settings.dnsCapture && !host.startsWith('*.');

/**
 * A TCP host without an address receives every call on its port that matches no other host, from every pod that sees it. Pods that no intent
 * restricts see it too, so it is granted only where a namespace default restricts them all: this is the oldest such default.
 */
const oldestNamespaceDefault = ({ intents }: Snapshot): Intent | undefined =>
  intents
    .filter(({ selector, mode }) => mode === 'Enforce' && isEmpty(selector))
    .toSorted(oldestIntentFirst)[0];
