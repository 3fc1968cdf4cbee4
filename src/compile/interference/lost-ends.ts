// Ends of routes that lose their cluster, since the pods use another registration of the end than without the intents, and it lacks the port.
import { covers, egressHost } from '../../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { RouteDestination } from '../../domain/kinds/virtual-service.ts';
import { registeredBy } from '../grants/followed-registration.ts';
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
          .flatMap(({ number: port }) =>
            route.destinations.flatMap((end): readonly AffectedHost[] => {
              const registration = registrationWithout(end, port, calls, view);
              if (registration === undefined) return [];
              const diagnostic = {
                code: 'RouteEndUnreachable',
                route: routeTitle(virtualService),
                destination: end.port === undefined ? end.host : `${end.host}:${end.port}`,
                port,
                registration,
              } as const;
              return [{ destination, host: egressHost(host), diagnostic }];
            }),
          ),
      ),
  );

/** The registration of an end that the pods use, if it lacks the port and the one that answers without the intents has it. */
function registrationWithout(
  { host, port }: RouteDestination,
  called: number,
  { callable }: Calls,
  view: MeshView,
): string | undefined {
  const [answering] = entriesInOrderOfAnswer(host, view.snapshot);
  if (answering === undefined) return undefined;
  const used =
    callable.find((reachable) => reachable.host.host === host)?.host ?? inferredRegistration(host, view);
  const before = registeredBy(answering, host, view.snapshot);
  const has = (registered: RegisteredHost): boolean =>
    registered.ports.some(({ number }) => number === (port ?? called));
  return used !== undefined && before !== undefined && has(before) && !has(used)
    ? egressHost(used)
    : undefined;
}
