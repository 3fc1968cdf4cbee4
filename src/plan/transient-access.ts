// Which Sidecars, live and planned, allow a port of a host that their namespace registers. The order of writes depends on it,
// because a ServiceEntry takes effect at once in every Sidecar that imports its host.
import { isBelow } from '../domain/istio/egress-host.ts';
import { inPrecedence } from '../domain/istio/sidecar-precedence.ts';
import { objectId } from '../domain/kinds/manifest.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import { selects } from '../domain/labels.ts';
import type { PlannedSidecar } from './steps.ts';

/** Access that exists only while a plan is carried out. Hosts are written as in a Sidecar: `namespace/host`. */
export type TransientAccess = {
  /** Ids of the live Sidecars that allow the port now and will not in the end, in Istio's precedence. */
  readonly opens: (egressHost: string, port: number) => readonly string[];
  /** Whether a planned Sidecar allows the port and the live Sidecar that governs its pods does not. */
  readonly reopens: (egressHost: string, port: number) => boolean;
};

export function transientAccess(
  live: readonly LiveSidecar[],
  planned: readonly PlannedSidecar[],
): TransientAccess {
  const plannedEgress = new Map(
    planned.flatMap((sidecar) => (sidecar.live ? [[sidecar.live, sidecar.desired.spec.egress]] : [])),
  );
  const managed = live.filter((sidecar) => sidecar.managed).toSorted(inPrecedence);
  /** Governs the pods of a planned Sidecar until that is written; absent if nothing restricts them yet. */
  const currentSidecar = (sidecar: PlannedSidecar): LiveSidecar | undefined =>
    sidecar.live ?? managed.find(({ selector = {} }) => selects(selector, sidecar.desired.scope.selector));
  return {
    opens: (egressHost, port) =>
      managed
        .filter(
          (sidecar) =>
            allows(sidecar.egress, egressHost, port) &&
            !allows(plannedEgress.get(sidecar) ?? [], egressHost, port),
        )
        .map(({ kind, name }) => objectId(kind, name)),
    reopens: (egressHost, port) =>
      planned.some((sidecar) => {
        const current = currentSidecar(sidecar);
        return (
          current !== undefined &&
          allows(sidecar.desired.spec.egress, egressHost, port) &&
          !allows(current.egress, egressHost, port)
        );
      }),
  };
}

/** A listener without a port serves every port. */
const allows = (egress: LiveSidecar['egress'], egressHost: string, port: number): boolean =>
  egress.some(
    (listener) =>
      (listener.port === undefined || listener.port.number === port) && imports(listener.hosts, egressHost),
  );

function imports(hosts: readonly string[], egressHost: string): boolean {
  const isExcluded = hosts.some((host) => host.startsWith('~') && isBelow(host.slice(1), egressHost));
  return !isExcluded && hosts.some((host) => isBelow(host, egressHost));
}
