// Which Sidecars, live and planned, allow a port of a host that their namespace registers, and which have a listener for it that is about to change.
// The order of writes depends on it, because a ServiceEntry takes effect at once in every Sidecar that imports its host.
import { egressHost, partsOf, wildcardsAbove } from '../../domain/istio/egress-host.ts';
import { importing, normalised } from '../../domain/istio/imported-hosts.ts';
import { inPrecedence } from '../../domain/istio/sidecar-precedence.ts';
import { objectId } from '../../domain/kinds/manifest.ts';
import { once } from '../../domain/once.ts';
import type { LiveSidecar } from '../../domain/kinds/sidecar.ts';
import { selectorIndex } from '../../domain/selectors/selector-index.ts';
import { createPortListeners } from './port-listeners.ts';
import type { PlannedSidecar } from '../steps.ts';

/** Access that exists only while a plan is carried out. Hosts are written as in a Sidecar: `namespace/host`. */
export type TransientAccess = {
  /** Ids of the live Sidecars that allow the port now and will not in the end, in Istio's precedence. */
  readonly opens: (egressHost: string, port: number) => readonly string[];
  /**
   * Ids of the live Sidecars of which the listener for the port names the host and is another one in the end. Until then it may lead calls of other
   * hosts to a new registration of the host, for which it was not made.
   */
  readonly outdatedListeners: (egressHost: string, port: number) => readonly string[];
  /**
   * Ids of the planned Sidecars of which the listener for the port names the host, while the live Sidecar that governs their pods has another
   * one or none. It may lead calls of other hosts to the registration that is there until then.
   */
  readonly newListeners: (egressHost: string, port: number) => readonly string[];
  /** Ids of the planned Sidecars that allow the port while the live Sidecar that governs their pods does not; most specific first. */
  readonly reopens: (egressHost: string, port: number) => readonly string[];
};

export function transientAccess(
  live: readonly LiveSidecar[],
  planned: readonly PlannedSidecar[],
): TransientAccess {
  // Most plans write no ServiceEntry, and then nothing is asked.
  const plannedEgress = once(
    () => new Map(planned.flatMap(({ live: old, desired }) => (old ? [[old, desired.spec.egress]] : []))),
  );
  const managed = once(() => live.filter((sidecar) => sidecar.managed).toSorted(inPrecedence));
  const matching = once(() => selectorIndex(managed(), ({ selector = {} }) => selector));
  /** Governs the pods of a planned Sidecar until that is written; absent if nothing restricts them yet. */
  const currentSidecar = (sidecar: PlannedSidecar): LiveSidecar | undefined =>
    sidecar.live ?? matching().within(sidecar.desired.scope.selector)[0];
  const liveListing = sidecarsListing(managed, ({ egress }) => egress);
  const plannedListing = sidecarsListing(
    () => planned,
    ({ desired }) => desired.spec.egress,
  );
  const liveIds = (host: string, isMeant: (sidecar: LiveSidecar) => boolean): readonly string[] =>
    liveListing(host)
      .filter(isMeant)
      .map(({ kind, name }) => objectId(kind, name));
  const plannedIds = (host: string, isMeant: (next: Egress, current: Egress) => boolean): readonly string[] =>
    plannedListing(host)
      .filter((sidecar) => {
        const current = currentSidecar(sidecar);
        return current !== undefined && isMeant(sidecar.desired.spec.egress, current.egress);
      })
      .map(({ name }) => objectId('Sidecar', name));
  const next = (sidecar: LiveSidecar): Egress => plannedEgress().get(sidecar) ?? [];
  const { differ } = createPortListeners();
  const onlyAllows = createOnlyAllows();
  return {
    opens: (host, port) => liveIds(host, (sidecar) => onlyAllows(sidecar.egress, next(sidecar), host, port)),
    outdatedListeners: (host, port) =>
      liveIds(host, (sidecar) => differ(sidecar.egress, next(sidecar), host, port)),
    newListeners: (host, port) => plannedIds(host, (egress, current) => differ(egress, current, host, port)),
    reopens: (host, port) => plannedIds(host, (egress, current) => onlyAllows(egress, current, host, port)),
  };
}

type Egress = LiveSidecar['egress'];

/** Finds the Sidecars of which some listener lists a host, or a wildcard above it; in the order of the input. */
function sidecarsListing<T>(
  sidecars: () => readonly T[],
  egressOf: (sidecar: T) => Egress,
): (egressHost: string) => readonly T[] {
  const byPattern = once(() => {
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

/** True if the first allows the port of the host and the second does not. */
type OnlyAllows = (egress: Egress, other: Egress, host: string, port: number) => boolean;

function createOnlyAllows(): OnlyAllows {
  const known = new Map<readonly string[], (host: string) => boolean>();
  const imports = (listed: readonly string[], host: string): boolean => {
    const isImported = known.get(listed) ?? importing(listed);
    known.set(listed, isImported);
    return isImported(host);
  };
  // A listener without a port serves every port.
  const allows = (egress: Egress, host: string, port: number): boolean =>
    egress.some(
      (listener) =>
        (listener.port === undefined || listener.port.number === port) && imports(listener.hosts, host),
    );
  return (egress, other, host, port) => allows(egress, host, port) && !allows(other, host, port);
}
