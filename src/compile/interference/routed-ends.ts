// Ends of imported routes at which the client chooses the address of a granted call, or from which Istio tunnels it on. Istio gives such an end the
// cluster that it has for direct calls, so what is told of a granted host is told of it too.
import { egressHost } from '../../domain/istio/egress-host.ts';
import { isSpoofable, type RegisteredHost, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { Route, RouteDestination } from '../../domain/kinds/virtual-service.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import { applicableRoutes } from '../mesh/applicable-routes.ts';
import { targetOfAlias } from '../mesh/service-names.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import { routeTitle, type VisibleRoutes } from '../mesh/visible-routes.ts';
import { inferredRegistrations } from '../routes/end-registration.ts';
import type { AffectedHost } from './affected-host.ts';
import { callsTo, routedPorts, type Call, type CarriedCalls } from './called-hosts.ts';
import { passthroughDiagnostics, ruleDiagnostics, tunnelDiagnostics } from './destination-rules.ts';

/** A granted host that is affected by where a route leads its calls. */
export type RoutedRisk = AffectedHost & { readonly route: string; readonly end: RouteDestination };

/** The risks of one imported VirtualService: of its mirrors and delegates too. */
export function routedRisks(
  routes: VisibleRoutes,
  calls: CarriedCalls,
  view: MeshView,
): readonly RoutedRisk[] {
  const { virtualService } = routes;
  const called = callsTo(routes, calls);
  const applicable = applicableRoutes(virtualService, calls.scope.selector, view.snapshot);
  const risks = applicable.flatMap((route) =>
    route.destinations.flatMap((end) => {
      const registered = registrationsAt(end.host, calls, view);
      return called.flatMap((call): readonly RoutedRisk[] => {
        const ports = routedPorts(call, route, routes, calls);
        return registered
          .flatMap((each) => risksAt(each, { call, ports, route, end }, calls, view))
          .map((risk) => ({ ...risk, route: routeTitle(virtualService) }))
          .filter((diagnostic) => !isToldDirectly(diagnostic, call, calls, view))
          .map((diagnostic) => ({
            destination: call.destination,
            host: call.host,
            diagnostic,
            route: diagnostic.route,
            end,
          }));
      });
    }),
  );
  return [...new Map(risks.map((risk) => [riskKey(risk), risk])).values()];
}

const riskKey = ({ host, diagnostic, end }: RoutedRisk): string => JSON.stringify([host, diagnostic, end]);

/** The registrations of which Istio uses one for the end. */
function registrationsAt(
  host: string,
  { callableByName }: CarriedCalls,
  view: MeshView,
): readonly RegisteredHost[] {
  const name = targetOfAlias(host, view.snapshot) ?? host;
  const granted = callableByName.named(name).map((reachable) => reachable.host);
  return granted.length > 0 ? granted : inferredRegistrations(name, view);
}

type Leading = {
  readonly call: Call;
  /** Those on which the route applies. */
  readonly ports: readonly RegisteredPort[];
  readonly route: Route;
  readonly end: RouteDestination;
};

type Risk = Extract<
  EntryDiagnostic,
  { readonly code: 'HostSpoofable' | 'DestinationRulePassthrough' | 'DestinationRuleTunnels' }
>;

function risksAt(
  registered: RegisteredHost,
  { call, ports, route, end }: Leading,
  { scope }: CarriedCalls,
  view: MeshView,
): readonly Risk[] {
  const spoofed = portsLed(
    ports.filter((port) => isMatchedByName(port, call, route)),
    end,
    registered,
  );
  const isTunnelled = route.protocol !== 'http' && portsLed(ports, end, registered).length > 0;
  return [
    ...(registered.passthrough && spoofed.length > 0
      ? [{ code: 'HostSpoofable', destination: egressHost(registered) } as const]
      : []),
    ...passthroughDiagnostics(registered, spoofed, scope, view),
    ...(isTunnelled ? tunnelDiagnostics(registered, scope, view) : []),
  ];
}

/** True if calls of any address take the route: HTTP by the Host header, others where the called host has no address. */
const isMatchedByName = (port: RegisteredPort, { reachable }: Call, { protocol }: Route): boolean =>
  reachable === undefined ||
  protocol === 'http' ||
  isSpoofable({ ...reachable.host, passthrough: true }, port);

/** The ports of the end at which calls of these ports arrive: a route without a port leads to the only one of its host, or to that of the call. */
function portsLed(
  called: readonly RegisteredPort[],
  { port }: RouteDestination,
  registered: RegisteredHost,
): readonly number[] {
  const [only, ...others] = registered.ports;
  const led = new Set(called.map(({ number }) => port ?? (others.length === 0 ? only?.number : number)));
  return registered.ports.map(({ number }) => number).filter((number) => led.has(number));
}

/** True if the same is told of the called host itself. */
function isToldDirectly(
  risk: Risk,
  { reachable, host }: Call,
  { scope }: CarriedCalls,
  view: MeshView,
): boolean {
  if (reachable === undefined) return false;
  const isSpoofed = reachable.ports.some((port) => isSpoofable(reachable.host, port));
  if (risk.code === 'HostSpoofable') return isSpoofed;
  if (isSpoofed && risk.code === 'DestinationRulePassthrough') return true;
  return (
    risk.host === host &&
    ruleDiagnostics(reachable, scope, view).some(
      ({ code, destinationRule }) => code === risk.code && destinationRule === risk.destinationRule,
    )
  );
}
