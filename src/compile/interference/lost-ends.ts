// Ends of followed routes that are reached otherwise than without the intents, since the pods use another registration of the host, or know nothing of
// the host to which an ExternalName Service leads.
import { covers, egressHost } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { targetOfAlias } from '../grants/external-name.ts';
import { registeredBy, titleOf } from '../grants/followed-registration.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import { applicableRoutes, appliesToPort } from '../mesh/applicable-routes.ts';
import { entriesInOrderOfAnswer } from '../mesh/answering-entry.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { inferredRegistration } from '../routes/end-registration.ts';
import type { AffectedHost } from './affected-host.ts';
import type { Calls } from './side-effects.ts';

/** One for each granted host and port that an imported route sends to such an end. */
export const lostEnds = (
  { virtualService, names }: VisibleRoutes,
  calls: Calls,
  view: MeshView,
): readonly AffectedHost[] =>
  applicableRoutes(virtualService, calls.scope.selector, view.snapshot).flatMap((route) =>
    calls.callable
      .filter(({ host }) => names.some((name) => covers(name, host.host)))
      .flatMap(({ destination, host, ports }) =>
        ports
          .filter((port) => appliesToPort(route, port))
          .flatMap(({ number }) =>
            route.destinations.flatMap((end) => loss(routeTitle(virtualService), end, number, calls, view)),
          )
          .map((diagnostic) => ({ destination, host: egressHost(host), diagnostic })),
      ),
  );

/** What the pods lose of an end that is called on a port; nothing if it is reached as without the intents. */
function loss(
  route: string,
  end: RouteDestination,
  called: number,
  { callable }: Calls,
  view: MeshView,
): readonly EntryDiagnostic[] {
  const destination = end.port === undefined ? end.host : `${end.host}:${end.port}`;
  const target = targetOfAlias(end.host, view.snapshot);
  if (target !== undefined)
    return callable.some(({ host }) => host.host === target)
      ? []
      : [{ code: 'RouteEndUnreachable', route, destination, port: called, target }];
  const [answering] = entriesInOrderOfAnswer(end.host, view.snapshot);
  const before = answering === undefined ? undefined : registeredBy(answering, end.host, view.snapshot);
  const used =
    callable.find(({ host }) => host.host === end.host)?.host ?? inferredRegistration(end.host, view);
  const has = ({ ports }: RegisteredHost): boolean =>
    ports.some(({ number }) => number === (end.port ?? called));
  if (answering === undefined || before === undefined || used === undefined || !has(before)) return [];
  const registration = egressHost(used);
  if (!has(used)) return [{ code: 'RouteEndUnreachable', route, destination, port: called, registration }];
  return egressHost(before) === registration && !used.managed
    ? []
    : [{ code: 'RouteEndReplaced', route, destination, serviceEntry: titleOf(answering), registration }];
}
