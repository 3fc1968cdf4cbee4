// Which Sidecars, live and planned, allow a port of a host that their namespace registers. The order of writes depends on it,
// because a ServiceEntry takes effect at once in every Sidecar that imports its host.
import { egressHost, isBelow, partsOf, wildcardsAbove } from '../domain/istio/egress-host.ts';
import { inPrecedence } from '../domain/istio/sidecar-precedence.ts';
import { objectId } from '../domain/kinds/manifest.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import { selectorIndex } from '../domain/selector-index.ts';
import type { PlannedSidecar } from './steps.ts';

/** Access that exists only while a plan is carried out. Hosts are written as in a Sidecar: `namespace/host`. */
export type TransientAccess = {
  /** Ids of the live Sidecars that allow the port now and will not in the end, in Istio's precedence. */
  readonly opens: (egressHost: string, port: number) => readonly string[];
  /**
   * Ids of the live Sidecars of which the listener for the port names the host and is another one in the end. It was made for a registration of
   * the host that is gone: with a new one it may take the calls of other hosts.
   */
  readonly movesFrom: (egressHost: string, port: number) => readonly string[];
  /** The same for planned Sidecars, with the live Sidecars that govern their pods: it is made for a registration that is yet to answer. */
  readonly movesTo: (egressHost: string, port: number) => readonly string[];
  /** Ids of the planned Sidecars that allow the port while the live Sidecar that governs their pods does not; most specific first. */
  readonly reopens: (egressHost: string, port: number) => readonly string[];
};

export function transientAccess(
  live: readonly LiveSidecar[],
  planned: readonly PlannedSidecar[],
): TransientAccess {
  // Most plans write no ServiceEntry, and then nothing is asked.
  const plannedEgress = lazily(
    () => new Map(planned.flatMap(({ live: old, desired }) => (old ? [[old, desired.spec.egress]] : []))),
  );
  const managed = lazily(() => live.filter((sidecar) => sidecar.managed).toSorted(inPrecedence));
  const matching = lazily(() => selectorIndex(managed(), ({ selector = {} }) => selector));
  /** Governs the pods of a planned Sidecar until that is written; absent if nothing restricts them yet. */
  const currentSidecar = (sidecar: PlannedSidecar): LiveSidecar | undefined =>
    sidecar.live ?? matching().within(sidecar.desired.scope.selector)[0];
  const liveListing = sidecarsListing(managed, ({ egress }) => egress);
  const plannedListing = sidecarsListing(
    () => planned,
    ({ desired }) => desired.spec.egress,
  );
  return {
    opens: (host, port) =>
      liveListing(host)
        .filter((sidecar) => onlyAllows(sidecar.egress, plannedEgress().get(sidecar) ?? [], host, port))
        .map(({ kind, name }) => objectId(kind, name)),
    movesFrom: (host, port) =>
      liveListing(host)
        .filter((sidecar) => moves(sidecar.egress, plannedEgress().get(sidecar), host, port))
        .map(({ kind, name }) => objectId(kind, name)),
    movesTo: (host, port) =>
      plannedListing(host)
        .filter((sidecar) => moves(sidecar.desired.spec.egress, currentSidecar(sidecar)?.egress, host, port))
        .map(({ name }) => objectId('Sidecar', name)),
    reopens: (host, port) =>
      plannedListing(host)
        .filter((sidecar) => {
          const current = currentSidecar(sidecar);
          return current !== undefined && onlyAllows(sidecar.desired.spec.egress, current.egress, host, port);
        })
        .map(({ name }) => objectId('Sidecar', name)),
  };
}

/** Finds the Sidecars of which some listener lists a host, or a wildcard above it; in the order of the input. */
function sidecarsListing<T>(
  sidecars: () => readonly T[],
  egressOf: (sidecar: T) => LiveSidecar['egress'],
): (egressHost: string) => readonly T[] {
  const byPattern = lazily(() => {
    const listed = sidecars().flatMap((sidecar, position) =>
      egressOf(sidecar).flatMap(({ hosts }) =>
        hosts.map((host) => ({ pattern: normalised(host), position })),
      ),
    );
    return Map.groupBy(listed, ({ pattern }) => pattern);
  });
  return (host) => {
    const { namespace, name } = partsOf(host);
    const patterns = [name, '*', ...wildcardsAbove(name)].map((each) =>
      egressHost({ namespace, host: each }),
    );
    const listed = patterns.flatMap((pattern) => byPattern().get(pattern) ?? []);
    const all = sidecars();
    const positions = new Set(listed.map(({ position }) => position));
    return [...positions].toSorted((a, b) => a - b).flatMap((position) => all[position] ?? []);
  };
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Others may have edited a live Sidecar, so a host need not have a namespace. */
function normalised(listed: string): string {
  const { namespace, name } = partsOf(listed);
  return egressHost({ namespace, host: name });
}

/** A listener without a port serves every port. */
const allows = (egress: LiveSidecar['egress'], host: string, port: number): boolean =>
  egress.some(
    (listener) =>
      (listener.port === undefined || listener.port.number === port) && imports(listener.hosts, host),
  );

/** True if the first allows the port and the second does not. */
const onlyAllows = (
  egress: LiveSidecar['egress'],
  other: LiveSidecar['egress'],
  host: string,
  port: number,
): boolean => allows(egress, host, port) && !allows(other, host, port);

/** True if a listener for the port names the host, and the other Sidecar has not the same one. */
function moves(
  egress: LiveSidecar['egress'],
  other: LiveSidecar['egress'] | undefined,
  host: string,
  port: number,
): boolean {
  const listener = listenerNaming(egress, host, port);
  return listener !== undefined && !isSameListener(listener, listenerNaming(other ?? [], host, port));
}

/** The listener for the port, if it names the host itself. */
const listenerNaming = (
  egress: LiveSidecar['egress'],
  host: string,
  port: number,
): LiveSidecar['egress'][number] | undefined =>
  egress.find((listener) => listener.port?.number === port && listener.hosts.map(normalised).includes(host));

const isSameListener = (
  a: LiveSidecar['egress'][number],
  b: LiveSidecar['egress'][number] | undefined,
): boolean => a.port?.protocol === b?.port?.protocol && isSameSet(a.hosts, b?.hosts ?? []);

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each) => b.includes(each));

function imports(listed: readonly string[], host: string): boolean {
  const isExcluded = listed.some((each) => each.startsWith('~') && isBelow(each.slice(1), host));
  return !isExcluded && listed.some((each) => isBelow(each, host));
}
