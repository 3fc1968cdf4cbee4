// Which Sidecars, of those that stand and of those to come, would let through a port of a host that their namespace registers. The
// order of writes depends on it, since a ServiceEntry that is written shows at once in every Sidecar that imports its host.
import { selects } from '../domain/labels.ts';
import type { WithholdReason } from './withheld.ts';
import { isBelow } from '../domain/istio/egress-host.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { PlannedSidecar, Withheld } from './steps.ts';
import { inPrecedence } from '../domain/istio/sidecar-precedence.ts';

/** Hosts are as a Sidecar lists them: `namespace/host`. */
export type TransientAccess = {
  /** Sidecars that stand and would let the port through although their pods shall not have it. */
  readonly opens: (listed: string, port: number) => readonly TransientOpening[];
  /** Whether a Sidecar to come would let through the port, and what stands in its place does not. */
  readonly reopens: (listed: string, port: number) => boolean;
};

/** `held` is present where the Sidecar must stay as it is. Otherwise it is changed or deleted, by the step of that id. */
export type TransientOpening = { readonly id: string; readonly held?: Withheld['reason'] };

export function transientAccess(
  standing: readonly LiveSidecar[],
  planned: readonly PlannedSidecar[],
  hold: WithholdReason,
): TransientAccess {
  const next = new Map(planned.flatMap(({ live, desired }) => (live ? [[live, desired.spec.egress]] : [])));
  const ours = standing.filter(({ managed }) => managed).toSorted(inPrecedence);
  /** What governs the pods of a Sidecar to come until it is there; nothing for pods that are open. */
  const before = ({ live, desired: { scope } }: PlannedSidecar): LiveSidecar | undefined =>
    live ?? ours.find(({ selector = {} }) => selects(selector, scope.selector));
  return {
    opens: (listed, port) =>
      ours
        .filter((live) => allows(live.egress, listed, port) && !allows(next.get(live) ?? [], listed, port))
        .map((live): TransientOpening => {
          const held = hold(live);
          return { id: `Sidecar/${live.name}`, ...(held === undefined ? {} : { held }) };
        }),
    reopens: (listed, port) =>
      planned.some((one) => {
        const stands = before(one);
        return (
          stands !== undefined &&
          allows(one.desired.spec.egress, listed, port) &&
          !allows(stands.egress, listed, port)
        );
      }),
  };
}

/** A listener without a port serves every port. */
const allows = (egress: LiveSidecar['egress'], listed: string, port: number): boolean =>
  egress.some(
    (listener) =>
      (listener.port === undefined || listener.port.number === port) && imports(listener.hosts, listed),
  );

function imports(hosts: readonly string[], listed: string): boolean {
  const isExcluded = hosts.some((host) => host.startsWith('~') && isBelow(host.slice(1), listed));
  return !isExcluded && hosts.some((host) => isBelow(host, listed));
}
