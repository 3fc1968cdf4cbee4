// An external host is known to a whole namespace with the ports of everybody, so what a younger intent asks of it can change the
// listeners of pods that it is not for, and there displace what was granted before. Such a newcomer is refused.
import type { Diagnostic } from '../domain/diagnostic.ts';
import type { DesiredSidecar } from '../domain/model.ts';
import type { Destination } from './destination.ts';
import { oldestFirst, type Grant } from './grant.ts';
import { isBelow, isWildcard } from './hosts.ts';
import type { Listeners } from './listener.ts';
import type { Loss } from './loss.ts';

/** The listeners of one scope, and the grants that they were made of. */
export type Built = {
  readonly sidecar: DesiredSidecar;
  readonly listeners: Listeners;
  readonly grants: readonly Grant[];
};

/**
 * The grants whose wish for a host costs pods of another scope something older, each with a diagnostic; empty where every loss has
 * its cause in the scope itself. Refusing them may uncover others, so ask again.
 */
export function newcomersToRefuse(
  built: readonly Built[],
  grants: readonly Grant[],
  namespace: string,
): ReadonlyMap<Grant, Diagnostic> {
  const refused = new Map<Grant, Diagnostic>();
  for (const { sidecar, listeners, grants: own } of built) {
    if (!sidecar.scope.closed) continue;
    for (const loss of listeners.losses) {
      const [oldest] = loss.destination.grants;
      if (loss.because.kind !== 'clash' || oldest === undefined) continue;
      const causes = causesOf(loss, own, grants, namespace);
      if (causes === undefined || causes.some((cause) => oldestFirst(cause, oldest) < 0)) continue;
      for (const cause of causes) refused.set(cause, diagnosticOf(cause, loss, sidecar));
    }
  }
  return refused;
}

/**
 * The grants of other scopes without which none of the hosts in the way would be limited; `undefined` where one of them is limited
 * for a reason of its own.
 */
function causesOf(
  { limits }: Loss,
  own: readonly Grant[],
  grants: readonly Grant[],
  namespace: string,
): readonly Grant[] | undefined {
  const strangers = grants.filter((grant) => !own.includes(grant));
  const causes = limits.map((limit) =>
    strangers.filter(({ externals }) =>
      externals.some(
        (external) =>
          external.kind === 'host' && widens(`${namespace}/${external.host}`, external.ports, limit),
      ),
    ),
  );
  return causes.length === 0 || causes.some((each) => each.length === 0)
    ? undefined
    : [...new Set(causes.flat())];
}

/** Whether a wish for a host is a reason to limit the destination: another port of the same host, or a host below a wildcard. */
function widens(
  host: string,
  ports: readonly { readonly port: number }[],
  { host: limited, ports: allowed }: Destination,
): boolean {
  if (limited === host) return ports.some(({ port }) => allowed !== 'every' && !allowed.includes(port));
  return isWildcard(limited) && isBelow(limited, host);
}

const diagnosticOf = (
  { intent, entry, externals }: Grant,
  loss: Loss,
  { scope }: DesiredSidecar,
): Diagnostic => ({
  code: 'WouldDisplace',
  intent: intent.name,
  entry,
  host: externals.flatMap((external) => (external.kind === 'host' ? [external.host] : []))[0] ?? '',
  displaced: loss.host,
  port: loss.port,
  of: loss.destination.grants[0]?.intent.name ?? '',
  selector: scope.selector,
});
