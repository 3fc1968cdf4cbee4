// When each ServiceEntry is written: most of them before the Sidecars, so that a host is known when a Sidecar lists it.
import { egressHost, isWildcard, wildcardsAbove } from '../../domain/istio/egress-host.ts';
import { byNumber } from '../../domain/order.ts';
import type { FinalPorts } from './final-ports.ts';
import { deleteStep, type Apply, type DraftStep, type Step } from '../steps.ts';
import type { TransientAccess } from './transient-access.ts';
import { serviceEntryPort } from '../../compile/grants/service-entries.ts';
import type {
  LiveServiceEntry,
  ServiceEntryPort,
  ServiceEntrySpec,
} from '../../domain/kinds/service-entry.ts';
import type { ServiceEntryManifest } from '../../domain/kinds/manifest.ts';
import { PROTOCOLS } from '../../domain/network.ts';

/** The write of a ServiceEntry, and the live object that it updates. */
export type ServiceEntryWrite = {
  readonly step: Apply<ServiceEntryManifest>;
  readonly live: LiveServiceEntry | undefined;
};

/**
 * The one or two steps that write a ServiceEntry. It gains ports before the Sidecars are written and loses ports after them,
 * except:
 *
 * | port                                                        | is                                                |
 * |-------------------------------------------------------------|---------------------------------------------------|
 * | gained, and a live Sidecar allows it but will not in the end| added after that Sidecar; never if it is withheld |
 * | new, and a live Sidecar has a listener for it that names the| added after that Sidecar, if that is written      |
 * | host and is about to change                                 |                                                   |
 * | gained by a wildcard, and a host below it gains it late     | added after that host, or its calls would briefly |
 * |                                                             | go to the wildcard                                |
 * | lost, and a planned Sidecar allows it                       | removed before the Sidecars                       |
 *
 * `writesBelow` finds the other writes of ServiceEntries for hosts below a wildcard.
 */
export function serviceEntrySteps(
  write: ServiceEntryWrite,
  access: TransientAccess,
  writesBelow: WritesBelow = () => [],
): readonly DraftStep[] {
  const { step, live } = write;
  const { spec } = step.manifest;
  const host = hostOf(write);
  const gained = new Set(gainedPorts(write));
  const below = (isWildcard(host) ? writesBelow(host) : []).flatMap((other) => {
    const openings = openingsOf(other, access).filter(({ port }) => gained.has(port));
    return openings.length === 0 ? [] : [{ id: other.step.id, openings }];
  });
  const openings = [...openingsOf(write, access), ...below.flatMap((other) => other.openings)];
  const outdated = outdatedListenersOf(write, access);
  const deferred = new Set([...openings, ...outdated].map(({ port }) => port));
  const livePorts = livePortsOf(write);
  const ports = portsBetween(spec, livePorts, deferred, (port) => access.reopens(host, port).length > 0);
  const requires = [...new Set(openings.map(({ sidecar }) => sidecar))];
  const waitsFor = [...below.map(({ id }) => id), ...new Set(outdated.map(({ sidecar }) => sidecar))];
  return stepsOf({ step, live }, { ports, livePorts, requires, below: below.map(({ id }) => id), waitsFor });
}

/** The writes of ServiceEntries of one namespace for hosts below a wildcard, as a Sidecar lists it, in order. */
export type WritesBelow = (wildcard: string) => readonly ServiceEntryWrite[];

export function writesBelowAmong(writes: readonly ServiceEntryWrite[]): WritesBelow {
  const below = writes.flatMap((write) => {
    const { metadata, spec } = write.step.manifest;
    return wildcardsAbove(spec.hosts[0]).map((host) => ({
      wildcard: egressHost({ namespace: metadata.namespace, host }),
      write,
    }));
  });
  const byWildcard = Map.groupBy(below, ({ wildcard }) => wildcard);
  return (wildcard) => (byWildcard.get(wildcard) ?? []).map(({ write }) => write);
}

const hostOf = ({ step: { manifest } }: ServiceEntryWrite): string =>
  egressHost({ namespace: manifest.metadata.namespace, host: manifest.spec.hosts[0] });

const livePortsOf = ({ step, live }: ServiceEntryWrite): readonly Port[] =>
  live?.hosts.includes(step.manifest.spec.hosts[0]) ? live.ports : [];

const gainedPorts = (write: ServiceEntryWrite): readonly number[] =>
  write.step.manifest.spec.ports
    .filter((port) => !hasPort(livePortsOf(write), port))
    .map(({ number }) => number);

/** The ports that it gains and that a live Sidecar would allow meanwhile, with the id of that Sidecar. */
const openingsOf = (write: ServiceEntryWrite, { opens }: TransientAccess): readonly PortOfSidecar[] =>
  gainedPorts(write).flatMap((port) => opens(hostOf(write), port).map((sidecar) => ({ port, sidecar })));

/** The new ports for which a live Sidecar has a listener that is about to change. */
function outdatedListenersOf(
  write: ServiceEntryWrite,
  { outdatedListeners }: TransientAccess,
): readonly PortOfSidecar[] {
  const known = new Set(livePortsOf(write).map(({ number }) => number));
  return gainedPorts(write)
    .filter((port) => !known.has(port))
    .flatMap((port) => outdatedListeners(hostOf(write), port).map((sidecar) => ({ port, sidecar })));
}

type PortOfSidecar = { readonly port: number; readonly sidecar: string };

/**
 * Deletes a ServiceEntry at the end; or before the Sidecars, if a planned one would allow a port that is lost with it, or has a new listener for it,
 * made for a foreign registration of the host.
 */
export function serviceEntryDeletion(
  live: LiveServiceEntry,
  access: TransientAccess,
  finalPorts: FinalPorts,
): ServiceEntryDeletion {
  const step = deleteStep(live);
  const reopening = reopenedBy(live, access, finalPorts);
  const hearing = newlyHeardBy(live, access, finalPorts);
  const draft: DraftStep =
    reopening.length > 0 || hearing.length > 0
      ? { stage: 'before-sidecars', step: { ...step, after: [] }, requires: [] }
      : { stage: 'last', step, requires: [] };
  return { live, draft, reopening, hearing };
}

export type ServiceEntryDeletion = {
  readonly live: LiveServiceEntry;
  readonly draft: DraftStep;
  /** What `reopenedBy` finds: these Sidecars are written only if it is deleted. */
  readonly reopening: readonly string[];
  /** Ids of Sidecars that are written after it, if it is deleted. */
  readonly hearing: readonly string[];
};

/** Ids of the planned Sidecars that would allow a port which a host of the ServiceEntry loses: they are written after it lost the port. */
export const reopenedBy = (
  { namespace, hosts, ports }: LiveServiceEntry,
  { reopens }: TransientAccess,
  { managed, foreign }: FinalPorts,
): readonly string[] =>
  hosts.flatMap((host) =>
    ports
      .filter((port) => !hasPort(managed(host), port))
      // What a foreign registration has by the number is granted in the end, whatever its protocol.
      .filter((port) => !foreign(host).some(({ number }) => number === port.number))
      .flatMap(({ number }) => reopens(egressHost({ namespace, host }), number)),
  );

/**
 * Ids of the planned Sidecars with a new listener for a port of a ServiceEntry that is deleted: they are written after that. None where the foreign
 * registration, once it answers alone, has a port that a live Sidecar would allow until it is written.
 */
const newlyHeardBy = (
  { namespace, hosts, ports }: LiveServiceEntry,
  { opens, newListeners }: TransientAccess,
  { managed, foreign }: FinalPorts,
): readonly string[] =>
  hosts.flatMap((name) => {
    const host = egressHost({ namespace, host: name });
    const lost = ports.filter((port) => !hasPort(managed(name), port));
    const heardBy = lost.flatMap(({ number }) => newListeners(host, number));
    if (heardBy.length === 0) return [];
    const others = foreign(name);
    return others.length > 0 && others.every(({ number }) => opens(host, number).length === 0) ? heardBy : [];
  });

type Transition = {
  /** The ports that the object has while the Sidecars are written. */
  readonly ports: readonly ServiceEntryPort[];
  readonly livePorts: readonly Port[];
  /** Ids of the Sidecars that must be written before the last ports are added. */
  readonly requires: readonly string[];
  /** Ids of the writes of hosts below a wildcard that must come before its last ports. */
  readonly below: readonly string[];
  /** The same and ids of Sidecars, that come before its last ports where they are written at all. */
  readonly waitsFor: readonly string[];
};

function stepsOf(
  { step, live }: ServiceEntryWrite,
  { ports, livePorts, requires, below, waitsFor }: Transition,
): readonly DraftStep[] {
  const { manifest } = step;
  const before = (early: Step): DraftStep => ({ stage: 'before-sidecars', step: early, requires });
  const after = (late: Apply): DraftStep => ({
    stage: 'after-sidecars',
    step: late,
    requires,
    waitsFor,
  });
  if (isSameSet(ports, manifest.spec.ports)) return [before(step)];
  const losesNothing = livePorts.every((port) => hasPort(manifest.spec.ports, port));
  const late: Apply<ServiceEntryManifest> = {
    ...step,
    verb: live || ports.length > 0 ? 'update' : 'create',
    after: losesNothing ? [firstPartId(step), ...requires, ...below] : 'all',
  };
  if (isSameSet(ports, livePorts)) return [after(late)];
  if (live && ports.length === 0) {
    return [before({ ...deleteStep(live), after: [], id: firstPartId(step) }), after(recreation(late))];
  }
  const firstPart = { ...manifest, spec: { ...manifest.spec, ports } };
  return [before({ ...step, id: firstPartId(step), manifest: firstPart }), after(late)];
}

/** The ports while the Sidecars are written, in order of number. Istio accepts dynamic DNS for TLS only. */
function portsBetween(
  { ports, resolution }: ServiceEntrySpec,
  livePorts: readonly Port[],
  deferred: ReadonlySet<number>,
  isReopened: (port: number) => boolean,
): readonly ServiceEntryPort[] {
  const gained = ports.filter(({ number }) => !deferred.has(number));
  const kept = livePorts.filter(
    (port) =>
      !gained.some(({ number }) => number === port.number) &&
      (hasPort(ports, port) || !isReopened(port.number)) &&
      (resolution !== 'DYNAMIC_DNS' || port.protocol === 'TLS'),
  );
  return [...gained, ...kept.flatMap(portsAsWritten)].toSorted(byNumber(({ number }) => number));
}

/** A live port as we write it; none if its protocol is one that we never write. */
function portsAsWritten({ number: port, protocol: text }: Port): readonly ServiceEntryPort[] {
  const protocol = PROTOCOLS.find((candidate) => candidate === text);
  return protocol === undefined ? [] : [serviceEntryPort({ port, protocol })];
}

/** The id of the first write of an object that is written twice. */
export const firstPartId = ({ id }: Apply): string => `${id} in part`;

/** Creates the object again after its first step deleted it: the uid of the live object is no longer valid. */
function recreation(late: Apply<ServiceEntryManifest>): Apply {
  const { metadata, ...rest } = late.manifest;
  const { uid: _deleted, ...created } = metadata;
  return { ...late, verb: 'create', manifest: { ...rest, metadata: created } };
}

type Port = { readonly number: number; readonly protocol: string };

const hasPort = (ports: readonly Port[], { number, protocol }: Port): boolean =>
  ports.some((port) => port.number === number && port.protocol === protocol);

const isSameSet = (a: readonly Port[], b: readonly Port[]): boolean =>
  a.length === b.length && a.every((port) => hasPort(b, port));
