// A host outside the mesh: which of its ports Istio can be told of, and how far its name proves where a call ends.
import type { AllowEntry, Intent } from '../../domain/egress-intent/intent.ts';
import { isEmpty } from '../../domain/labels.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { HostName, HostPort } from '../../domain/network.ts';
import { oldestIntentFirst } from './grant.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import {
  serviceEntryDiagnostics,
  target,
  type EntryResolution,
  type EntryDiagnostic,
  type GrantedHosts,
} from './resolution.ts';
import { laterForeignEntry, foreignEntryInForce } from './duplicate-registrations.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';

export function resolveHost(
  { host, ports }: Extract<AllowEntry, { kind: 'host' }>,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): EntryResolution {
  const { namespace, settings } = snapshot;
  if (host.endsWith(`.svc.${settings.clusterDomain}`) || host.endsWith('.svc')) {
    return { diagnostics: [{ code: 'HostIsService', host }] };
  }
  const rival = foreignEntryInForce(host, snapshot, inquiry);
  if (rival !== undefined) return throughForeignEntry(host, ports, rival, snapshot);
  const anonymous = ports.filter(({ protocol }) => protocol === 'TCP' && !hasAddress(host, snapshot));
  const named = ports.filter((port) => !anonymous.includes(port));
  const latecomer = laterForeignEntry(host, snapshot, inquiry);
  const findings: readonly EntryDiagnostic[] = latecomer ? [alsoRegistered(host, latecomer)] : [];
  const closer = anonymous.length === 0 || host.startsWith('*.') ? undefined : namespaceDefaultOf(snapshot);
  if (closer === undefined) {
    return {
      ...grantedHosts(host, named, namespace),
      diagnostics:
        anonymous.length === 0
          ? findings
          : [...findings, { code: 'TcpHostNeedsAddress', host, ports: portNumbersOf(anonymous) }],
    };
  }
  return {
    ...grantedHosts(host, named, namespace),
    diagnostics: findings,
    later: { since: closer, ...grantedHosts(host, anonymous, namespace) },
  };
}

function grantedHosts(host: HostName, ports: readonly HostPort[], namespace: string): GrantedHosts {
  if (ports.length === 0) return { targets: [], externals: [] };
  return {
    targets: [target(`${namespace}/${host}`, portNumbersOf(ports))],
    externals: [{ kind: 'host', host, ports }],
  };
}

const portNumbersOf = (ports: readonly HostPort[]): readonly number[] => ports.map(({ port }) => port);

function throughForeignEntry(
  host: HostName,
  ports: readonly HostPort[],
  rival: LiveServiceEntry,
  { namespace, settings }: Snapshot,
): EntryResolution {
  const title = `${namespace}/${rival.name}`;
  return {
    targets: [target(`${namespace}/${host}`, portNumbersOf(ports))],
    diagnostics: [
      alsoRegistered(host, rival),
      ...serviceEntryDiagnostics(title, rival, host, portNumbersOf(ports), settings),
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
 * A TCP host without an address takes every call on its port that nothing else claims, of every pod that sees it. Pods of the
 * namespace that nothing closes see it too, so it is given only where a default closes them all: the oldest of these.
 */
const namespaceDefaultOf = ({ intents }: Snapshot): Intent | undefined =>
  intents
    .filter(({ selector, mode }) => mode === 'Enforce' && isEmpty(selector))
    .toSorted(oldestIntentFirst)[0];
