// When each ServiceEntry is written, seen from the Sidecars. Most come before them, so that a host is known when a Sidecar names it.
import { byNumber } from '../domain/order.ts';
import { deletion, type Apply, type Step, type Withheld } from './steps.ts';
import type { TransientOpening, TransientAccess } from './transient-access.ts';
import { serviceEntryPort } from '../compile/grants/service-entries.ts';
import type { LiveServiceEntry, ServiceEntryPort, ServiceEntrySpec } from '../domain/kinds/service-entry.ts';
import type { ServiceEntryManifest } from '../domain/kinds/manifest.ts';
import { PROTOCOLS } from '../domain/network.ts';

/** An entry to write, and the one that stands in its place. */
type ServiceEntryWrite = {
  readonly step: Apply;
  readonly manifest: ServiceEntryManifest;
  readonly live: LiveServiceEntry | undefined;
};

/** `early` may hold deletions too. */
type ServiceEntryStages = {
  readonly early: readonly Step[];
  readonly late: readonly Apply[];
  readonly withheld: readonly Withheld[];
};

/**
 * What an entry gains it gains before the Sidecars are written, and what it loses it loses after them. Two kinds of ports cannot wait,
 * or must:
 *
 * | a port                                                    | is                                              |
 * |-----------------------------------------------------------|-------------------------------------------------|
 * | gained, that a Sidecar would leak which stands            | added after that Sidecar; never if that stays   |
 * | lost, that a Sidecar to come would let through            | taken away before                               |
 */
export function stageServiceEntries(
  entries: readonly ServiceEntryWrite[],
  passage: TransientAccess,
): ServiceEntryStages {
  const stages = entries.map((entry) => stagesOf(entry, passage));
  return {
    early: stages.flatMap(({ early = [] }) => early),
    late: stages.flatMap(({ late = [] }) => late),
    withheld: stages.flatMap(({ withheld = [] }) => withheld),
  };
}

function stagesOf(entry: ServiceEntryWrite, passage: TransientAccess): Partial<ServiceEntryStages> {
  const { step, manifest, live } = entry;
  const { spec, metadata } = manifest;
  const listed = `${metadata.namespace}/${spec.hosts[0]}`;
  const stood = live?.hosts.includes(spec.hosts[0]) ? live.ports : [];
  const leaks = openingsOf(
    spec.ports.filter((port) => !hasSame(stood, port)),
    listed,
    passage,
  );
  const held = leaks.find((leak) => leak.held)?.held;
  if (held) return { withheld: [{ kind: 'ServiceEntry', name: metadata.name, reason: held }] };
  const leaking = new Set(leaks.map(({ port }) => port));
  const between = portsBetween(spec, stood, leaking, (port) => passage.reopens(listed, port));
  if (isSameSet(between, spec.ports)) return { early: [step] };
  const isPatient = stood.every((port) => hasSame(spec.ports, port));
  const verb = live || between.length > 0 ? 'update' : 'create';
  const late: Apply = {
    ...step,
    verb,
    needs: isPatient ? [partOf(step), ...new Set(leaks.map(({ id }) => id))] : 'every',
  };
  if (isSameSet(between, stood)) return { late: [late] };
  if (live && between.length === 0)
    return { early: [{ ...earlyDeletion(live), id: partOf(late) }], late: [recreation(late, manifest)] };
  return {
    early: [{ ...step, id: partOf(step), manifest: { ...manifest, spec: { ...spec, ports: between } } }],
    late: [late],
  };
}

type PortOpening = TransientOpening & { readonly port: number };

const openingsOf = (
  ports: readonly Port[],
  listed: string,
  passage: TransientAccess,
): readonly PortOpening[] =>
  ports.flatMap(({ number: port }) => passage.opens(listed, port).map((leak) => ({ ...leak, port })));

/** What the entry has while the Sidecars are written, in order of number. Istio takes dynamic DNS for TLS alone. */
function portsBetween(
  { ports, resolution }: ServiceEntrySpec,
  stood: readonly Port[],
  leaking: ReadonlySet<number>,
  isRegained: (port: number) => boolean,
): readonly ServiceEntryPort[] {
  const gained = ports.filter(({ number }) => !leaking.has(number));
  const kept = stood.filter(
    (port) =>
      !gained.some(({ number }) => number === port.number) &&
      (hasSame(ports, port) || !isRegained(port.number)) &&
      (resolution !== 'DYNAMIC_DNS' || port.protocol === 'TLS'),
  );
  return [...gained, ...kept.flatMap(portsAsWritten)].toSorted(byNumber(({ number }) => number));
}

/** As we write it; nothing for a protocol that is none of ours. */
function portsAsWritten({ number: port, protocol: text }: Port): readonly ServiceEntryPort[] {
  const protocol = PROTOCOLS.find((one) => one === text);
  return protocol === undefined ? [] : [serviceEntryPort({ port, protocol })];
}

/** The id of the first write of two of one object. */
export const partOf = ({ id }: Apply): string => `${id} in part`;

/** An update of an object that goes first is the creation of another. */
function recreation(late: Apply, { metadata, ...rest }: ServiceEntryManifest): Apply {
  const { uid: _gone, ...own } = metadata;
  return { ...late, verb: 'create', manifest: { ...rest, metadata: own } };
}

/** Whether a Sidecar to come would let through a port of an entry that is about to go. */
export const isReopened = (
  { namespace, hosts, ports }: LiveServiceEntry,
  { reopens }: TransientAccess,
): boolean => hosts.some((host) => ports.some(({ number }) => reopens(`${namespace}/${host}`, number)));

/** Nothing is before it that could have failed. */
export const earlyDeletion = (live: LiveServiceEntry): Step => ({ ...deletion(live), needs: [] });

type Port = { readonly number: number; readonly protocol: string };

const hasSame = (ports: readonly Port[], { number, protocol }: Port): boolean =>
  ports.some((port) => port.number === number && port.protocol === protocol);

const isSameSet = (a: readonly Port[], b: readonly Port[]): boolean =>
  a.length === b.length && a.every((port) => hasSame(b, port));
