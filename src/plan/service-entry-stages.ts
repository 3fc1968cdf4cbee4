// When each ServiceEntry is written: most of them before the Sidecars, so that a host is known when a Sidecar lists it.
import { egressHost, isWildcard, wildcardsAbove } from '../domain/istio/egress-host.ts';
import { byNumber } from '../domain/order.ts';
import { deleteStep, type Apply, type DraftStep, type Step } from './steps.ts';
import type { TransientAccess } from './transient-access.ts';
import { serviceEntryPort } from '../compile/grants/service-entries.ts';
import type { LiveServiceEntry, ServiceEntryPort, ServiceEntrySpec } from '../domain/kinds/service-entry.ts';
import type { ServiceEntryManifest } from '../domain/kinds/manifest.ts';
import { PROTOCOLS } from '../domain/network.ts';

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
 * | new, and a live Sidecar has a listener for it that names the| the same                                          |
 * | host and is another one in the end                          |                                                   |
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
  const deferred = new Set(openings.map(({ port }) => port));
  const livePorts = livePortsOf(write);
  const ports = portsBetween(spec, livePorts, deferred, (port) => access.reopens(host, port).length > 0);
  const requires = [...new Set(openings.map(({ sidecar }) => sidecar))];
  return stepsOf({ step, live }, { ports, livePorts, requires, below: below.map(({ id }) => id) });
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

/** The ports that it gains too early for a live Sidecar, with the id of that Sidecar. */
function openingsOf(
  write: ServiceEntryWrite,
  { opens, movesFrom }: TransientAccess,
): readonly { readonly port: number; readonly sidecar: string }[] {
  const host = hostOf(write);
  const known = livePortsOf(write);
  return gainedPorts(write).flatMap((port) => {
    const isNew = !known.some(({ number }) => number === port);
    const early = new Set([...opens(host, port), ...(isNew ? movesFrom(host, port) : [])]);
    return [...early].map((sidecar) => ({ port, sidecar }));
  });
}

/** The ports that a host will have in the end, by ServiceEntries of the namespace. */
export type RegisteredPorts = {
  readonly us: (host: string) => readonly Port[];
  readonly others: (host: string) => readonly Port[];
};

const NOBODY: RegisteredPorts = { us: () => [], others: () => [] };

/** Deletes a ServiceEntry at the end; or before the Sidecars, if a planned one has to come after it lost a port (`sidecarsAfter`). */
export function serviceEntryDeletion(
  live: LiveServiceEntry,
  access: TransientAccess,
  registeredBy: RegisteredPorts = NOBODY,
): DraftStep {
  const step = deleteStep(live);
  return sidecarsAfter(live, access, registeredBy).length > 0
    ? { stage: 'before-sidecars', step: { ...step, after: [] }, requires: [] }
    : { stage: 'last', step, requires: [] };
}

/**
 * Ids of the planned Sidecars that are written after the ServiceEntry lost the ports that it loses: they would let calls for such a port through, or
 * have a listener for it that is made for the registration of somebody else.
 */
export const sidecarsAfter = (
  { namespace, hosts, ports }: LiveServiceEntry,
  access: TransientAccess,
  registeredBy: RegisteredPorts,
): readonly string[] =>
  hosts.flatMap((name) => {
    const host = egressHost({ namespace, host: name });
    const others = registeredBy.others(name);
    // Where the other registration answers too early, a live Sidecar must not let more of it through than in the end.
    const mayAnswer =
      others.length > 0 && others.every(({ number }) => access.opens(host, number).length === 0);
    return ports
      .filter((port) => !hasPort(registeredBy.us(name), port))
      .flatMap(({ number }) => [
        // What the other one grants by the number is granted in the end, whatever its protocol.
        ...(others.some((port) => port.number === number) ? [] : access.reopens(host, number)),
        ...(mayAnswer ? access.movesTo(host, number) : []),
      ]);
  });

type Transition = {
  /** The ports that the object has while the Sidecars are written. */
  readonly ports: readonly ServiceEntryPort[];
  readonly livePorts: readonly Port[];
  /** Ids of the Sidecars that must be written before the last ports are added. */
  readonly requires: readonly string[];
  /** Ids of the writes of hosts below a wildcard that must come before its last ports. */
  readonly below: readonly string[];
};

function stepsOf(
  { step, live }: ServiceEntryWrite,
  { ports, livePorts, requires, below }: Transition,
): readonly DraftStep[] {
  const { manifest } = step;
  const before = (early: Step): DraftStep => ({ stage: 'before-sidecars', step: early, requires });
  const after = (late: Apply): DraftStep => ({
    stage: 'after-sidecars',
    step: late,
    requires,
    waitsFor: below,
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
