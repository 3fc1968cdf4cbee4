// A host outside the mesh: which of its ports Istio can be told of, and how far its name proves where a call ends.
import type { Entry, Intent } from '../../domain/egress-intent/intent.ts';
import { isEmpty } from '../../domain/labels.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { HostName, HostPort } from '../../domain/network.ts';
import { oldestIntentFirst } from './grant.ts';
import type { Inquiry } from '../../cluster/lookup-recorder.ts';
import { entryFindings, target, type Answer, type Finding, type Registered } from './resolution.ts';
import { latecomerOn, rivalOf } from './duplicate-registrations.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';

export function resolveHost(
  { host, ports }: Extract<Entry, { kind: 'host' }>,
  snapshot: Snapshot,
  inquiry: Inquiry,
): Answer {
  const { namespace, settings } = snapshot;
  if (host.endsWith(`.svc.${settings.clusterDomain}`) || host.endsWith('.svc')) {
    return { findings: [{ code: 'HostInCluster', host }] };
  }
  const rival = rivalOf(host, snapshot, inquiry);
  if (rival !== undefined) return throughRival(host, ports, rival, snapshot);
  const anonymous = ports.filter(({ protocol }) => protocol === 'TCP' && !hasAddress(host, snapshot));
  const named = ports.filter((port) => !anonymous.includes(port));
  const latecomer = latecomerOn(host, snapshot, inquiry);
  const findings: readonly Finding[] = latecomer ? [alsoRegistered(host, latecomer)] : [];
  const closer = anonymous.length === 0 || host.startsWith('*.') ? undefined : closerOf(snapshot);
  if (closer === undefined) {
    return {
      ...registered(host, named, namespace),
      findings:
        anonymous.length === 0
          ? findings
          : [...findings, { code: 'TcpHostNeedsAddress', host, ports: numbersOf(anonymous) }],
    };
  }
  return {
    ...registered(host, named, namespace),
    findings,
    later: { since: closer, ...registered(host, anonymous, namespace) },
  };
}

function registered(host: HostName, ports: readonly HostPort[], namespace: string): Registered {
  if (ports.length === 0) return { targets: [], externals: [] };
  return {
    targets: [target(`${namespace}/${host}`, numbersOf(ports))],
    externals: [{ kind: 'host', host, ports }],
  };
}

const numbersOf = (ports: readonly HostPort[]): readonly number[] => ports.map(({ port }) => port);

function throughRival(
  host: HostName,
  ports: readonly HostPort[],
  rival: LiveServiceEntry,
  { namespace, settings }: Snapshot,
): Answer {
  const title = `${namespace}/${rival.name}`;
  return {
    targets: [target(`${namespace}/${host}`, numbersOf(ports))],
    findings: [alsoRegistered(host, rival), ...entryFindings(title, rival, host, numbersOf(ports), settings)],
  };
}

const alsoRegistered = (host: HostName, { namespace, name }: LiveServiceEntry): Finding => ({
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
const closerOf = ({ intents }: Snapshot): Intent | undefined =>
  intents
    .filter(({ selector, mode }) => mode === 'Enforce' && isEmpty(selector))
    .toSorted(oldestIntentFirst)[0];
