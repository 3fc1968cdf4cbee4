// An `allow` entry of kind serviceEntry: a host that a foreign ServiceEntry registers.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { isVisibleTo } from '../mesh/service-registry.ts';
import { grantablePorts, shadowedDiagnostics } from './duplicate-registrations.ts';
import { serviceEntryDiagnostics, target, type EntryOf, type EntryResolution } from './resolution.ts';

/** Managed ServiceEntries do not count: each exists only as long as another intent lists its host. */
export function resolveServiceEntry(
  { namespace, host, ports: limits }: EntryOf<'serviceEntry'>,
  snapshot: Snapshot,
): EntryResolution {
  const entries = snapshot.cluster.serviceEntries(namespace, host).filter(({ managed }) => !managed);
  const [first] = entries;
  if (first === undefined) return { diagnostics: [{ code: 'ServiceEntryNotFound', host, namespace }] };
  const ports = limits ?? 'every';
  const title = `${namespace}/${host}`;
  const visible = entries.find((entry) => isVisibleTo(snapshot, entry));
  if (visible === undefined) {
    const serviceEntry = `${namespace}/${first.name}`;
    return {
      targets: [target(title, ports)],
      diagnostics: [{ code: 'ServiceEntryNotExported', host, namespace, serviceEntry }],
    };
  }
  return {
    targets: [target(title, grantablePorts(visible, host, ports, snapshot))],
    diagnostics: [
      ...serviceEntryDiagnostics(title, visible, host, ports, snapshot.settings),
      ...shadowedDiagnostics(visible, ports, snapshot),
    ],
  };
}
