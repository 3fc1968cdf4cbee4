// An `allow` entry of kind serviceEntry: a host that a foreign ServiceEntry registers.
import { type Of, target, entryFindings, type Answer } from './resolution.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Inquiry } from '../../cluster/lookup-recorder.ts';
import { isVisibleTo } from '../mesh/service-registry.ts';
import { portsBesideOurs, hiddenFindings } from './duplicate-registrations.ts';

/** Only somebody else's ServiceEntry counts: one of ours lives and dies with another intent's `host`. */
export function serviceEntryAnswer(
  { namespace, host, ports: limits }: Of<'serviceEntry'>,
  snapshot: Snapshot,
  inquiry: Inquiry,
): Answer {
  const entries = inquiry.serviceEntries(namespace, host).filter(({ managed }) => !managed);
  const [first] = entries;
  if (first === undefined) return { findings: [{ code: 'ServiceEntryNotFound', host, namespace }] };
  const ports = limits ?? 'every';
  const visible = entries.find((entry) => isVisibleTo(snapshot, entry));
  if (visible === undefined) {
    const targets = [target(`${namespace}/${host}`, ports)];
    const serviceEntry = `${namespace}/${first.name}`;
    return { targets, findings: [{ code: 'ServiceEntryNotExported', host, namespace, serviceEntry }] };
  }
  const title = `${namespace}/${host}`;
  const targets = [target(title, portsBesideOurs(visible, host, ports, snapshot, inquiry))];
  const findings = entryFindings(title, visible, host, ports, snapshot.settings);
  return { targets, findings: [...findings, ...hiddenFindings(visible, ports, snapshot, inquiry)] };
}
