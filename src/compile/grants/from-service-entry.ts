// An `allow` entry of kind serviceEntry: a host that a foreign ServiceEntry registers.
import { type EntryOf, target, serviceEntryDiagnostics, type EntryResolution } from './resolution.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import { isVisibleTo } from '../mesh/service-registry.ts';
import { grantablePorts, shadowedDiagnostics } from './duplicate-registrations.ts';

/** Only somebody else's ServiceEntry counts: one of ours lives and dies with another intent's `host`. */
export function resolveServiceEntry(
  { namespace, host, ports: limits }: EntryOf<'serviceEntry'>,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): EntryResolution {
  const entries = inquiry.serviceEntries(namespace, host).filter(({ managed }) => !managed);
  const [first] = entries;
  if (first === undefined) return { diagnostics: [{ code: 'ServiceEntryNotFound', host, namespace }] };
  const ports = limits ?? 'every';
  const visible = entries.find((entry) => isVisibleTo(snapshot, entry));
  if (visible === undefined) {
    const targets = [target(`${namespace}/${host}`, ports)];
    const serviceEntry = `${namespace}/${first.name}`;
    return { targets, diagnostics: [{ code: 'ServiceEntryNotExported', host, namespace, serviceEntry }] };
  }
  const title = `${namespace}/${host}`;
  const targets = [target(title, grantablePorts(visible, host, ports, snapshot, inquiry))];
  const findings = serviceEntryDiagnostics(title, visible, host, ports, snapshot.settings);
  return { targets, diagnostics: [...findings, ...shadowedDiagnostics(visible, ports, snapshot, inquiry)] };
}
