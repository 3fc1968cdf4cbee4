// Builds the Sidecar of one scope from the grants that were accepted for it.
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import { featuresOf } from '../domain/features.ts';
import { covers, egressHost } from '../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../domain/istio/registered-host.ts';
import { serviceOfHost } from '../domain/istio/service-host.ts';
import type { EgressListener, SidecarSpec } from '../domain/kinds/sidecar.ts';
import { isEmpty, sortedLabels, type Labels } from '../domain/labels.ts';
import type { DesiredSidecar, PlatformHost } from './desired.ts';
import { isOutanswered } from './grants/followed-registration.ts';
import { entryOf, type Grant } from './grants/grant.ts';
import { answerOrder } from './mesh/answering-entry.ts';
import type { MeshView } from './mesh/service-registry.ts';
import { visibleRoutes } from './mesh/visible-routes.ts';
import type { Scope } from './scopes.ts';
import { grantsFor, type Destination, type GrantAge, type PortConflict } from './sidecar/destination.ts';
import { unmatchedTcp } from './sidecar/unmatched-tcp.ts';
import { egressListeners, type EgressListeners, type ScopeListener } from './sidecar/egress-listeners.ts';
import { hasTlsRoutes } from './routes/tls-routes.ts';
import { excludedRoutes } from './routes/excluded-routes.ts';
import { keepEveryRegistration } from './routes/every-registration.ts';
import { withAliasEnds } from './routes/alias-ends.ts';
import { followRoutes, type UnfollowedRoute } from './routes/followed-routes.ts';
import { listRoutedHosts } from './routes/list-only-routed.ts';
import { withSpellings } from './routes/spelled-hosts.ts';
import type { HostOnPort } from './sidecar/port-listener.ts';
import { mergeGrants } from './sidecar/merge-grants.ts';
import { scopeCalls } from './routes/scope-calls.ts';

/** What a scope may call: the value between entries and outputs. A further kind of output is a further function of it. */
export type ScopeGrants = {
  readonly scope: Scope;
  /** Accepted, the oldest first. */
  readonly grants: readonly Grant[];
  readonly platformHosts: readonly PlatformHost[];
};

/** The Sidecar of a scope, with the steps from its grants to the listeners. */
export type ScopeSidecar = {
  readonly sidecar: DesiredSidecar;
  readonly destinations: readonly Destination[];
  readonly listeners: EgressListeners;
  /** The same listeners with what imports followed VirtualServices, as the Sidecar has them. */
  readonly routedListeners: readonly ScopeListener[];
  /** VirtualServices for granted names that the Sidecar does not import. */
  readonly unfollowedRoutes: readonly UnfollowedRoute[];
  /** Hosts that only a VirtualService knows, where Envoy has no listener for HTTP on port 80. */
  readonly unheard: readonly PortConflict[];
  /** Hosts of ServiceEntries that answer HTTP at their addresses only. A Service is called at its address anyway. */
  readonly atAddressOnly: readonly HostOnPort[];
};

export function buildScopeSidecar(granted: ScopeGrants, view: MeshView): ScopeSidecar {
  const { scope, platformHosts } = granted;
  const { settings } = view.snapshot;
  const { destinations, unheard, listeners } = scopeListeners(granted, view);
  const calls = scopeCalls(destinations, listeners.conflicts, view);
  const followed = followRoutes(listeners.listeners, { view, scope, calls });
  const routed = withAliasEnds(followed.listeners, scope, calls);
  const every = keepEveryRegistration(routed, view, featuresOf(settings.istioVersion));
  const spec = sidecarSpec(
    scope.selector,
    withSpellings(every, view).map((listener) => listener.spec),
  );
  return {
    listeners,
    destinations,
    routedListeners: routed,
    unfollowedRoutes: followed.unfollowed,
    unheard,
    atAddressOnly: listeners.sniffed.filter(
      ({ host }) => serviceOfHost(host.host, settings.clusterDomain) === undefined,
    ),
    sidecar: { kind: 'Sidecar', scope, spec, platformHosts },
  };
}

/** The listeners without what imports VirtualServices. */
export function scopeListeners(
  { scope, grants, platformHosts }: ScopeGrants,
  view: MeshView,
): Pick<ScopeSidecar, 'destinations' | 'listeners' | 'unheard'> {
  const { settings } = view.snapshot;
  const ages = new Map(grants.map((grant, age) => [grant, age]));
  /** A platform host is older than any grant. */
  const age: GrantAge = (destination, host, port) => {
    const [oldest] = grantsFor(destination, host, port);
    return oldest === undefined || destination.grants.length === 0 ? -1 : (ages.get(oldest) ?? 0);
  };
  const hosts = [...settings.platformHosts.map(everyPortOf), ...platformHosts];
  const features = featuresOf(settings.istioVersion);
  const destinations = mergeGrants(hosts, grants, view.registry);
  const foreign = {
    exclusions: excludedRoutes(destinations, view, features),
    isTlsRouted: hasTlsRoutes(scope.selector, view.snapshot),
    answerOrder: answerOrder(view.snapshot),
    isOutanswered: isOutansweredAlone(view),
  };
  const registered = egressListeners(destinations, view.registry, features, age, foreign);
  const { unheard, ...listeners } = listRoutedHosts(registered, view);
  return { destinations, listeners, unheard };
}

/** Not where its namespace routes it, or a host below it, too: an exclusion would keep that VirtualService out with it. */
const isOutansweredAlone =
  ({ snapshot }: MeshView) =>
  (host: RegisteredHost): boolean =>
    isOutanswered(host, snapshot) &&
    !visibleRoutes(host.namespace, snapshot).some(({ names }) =>
      names.some((name) => covers(host.host, name)),
    );

const everyPortOf = (host: string) => ({ host, ports: 'every' }) as const;

/** The mode is always written, since an absent one means the default of the mesh. */
const sidecarSpec = (selector: Labels, egress: readonly EgressListener[]): SidecarSpec => ({
  ...(isEmpty(selector) ? {} : { workloadSelector: { labels: sortedLabels(selector) } }),
  outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
  egress,
});

/** What the Sidecar cannot express, for each entry that asks for it. */
export function sidecarDiagnostics(
  { sidecar, destinations, listeners, atAddressOnly, unheard }: ScopeSidecar,
  { registry }: Pick<MeshView, 'registry'>,
): readonly Diagnostic[] {
  const { selector } = sidecar.scope;
  return [
    ...unmatchedDiagnostics(destinations, listeners, registry),
    ...atAddressOnly.flatMap(({ destination, host, port }) =>
      destination.grants.map((grant): Diagnostic => ({
        code: 'HttpAtAddressOnly',
        ...entryOf(grant),
        host: egressHost(host),
        port: port.number,
        selector,
      })),
    ),
    ...filterDiagnostics(listeners, selector),
    ...[...listeners.conflicts, ...unheard].flatMap(({ destination, host, port, reason }) =>
      grantsFor(destination, host, port).map((grant): Diagnostic => ({
        code: 'PortNotGranted',
        ...entryOf(grant),
        host,
        port,
        selector,
        reason,
      })),
    ),
    ...listeners.spoofable.flatMap(({ destination, host }) =>
      destination.grants.map((grant): Diagnostic => ({
        code: 'HostSpoofable',
        ...entryOf(grant),
        destination: host,
      })),
    ),
  ];
}

const unmatchedDiagnostics = (
  destinations: readonly Destination[],
  listeners: EgressListeners,
  registry: MeshView['registry'],
): readonly Diagnostic[] =>
  unmatchedTcp(destinations, listeners, registry).flatMap(({ destination, host, port }) =>
    grantsFor(destination, host, port).map((grant): Diagnostic => ({
      code: 'TcpHostTakesPort',
      ...entryOf(grant),
      host,
      port,
    })),
  );

const filterDiagnostics = ({ unfiltered }: EgressListeners, selector: Labels): readonly Diagnostic[] =>
  unfiltered.flatMap(({ destination, host, port: { number, filtered = '' } }) =>
    grantsFor(destination, egressHost(host), number).map((grant): Diagnostic => ({
      code: 'ProtocolFilterLost',
      ...entryOf(grant),
      host: egressHost(host),
      port: number,
      protocol: filtered,
      selector,
    })),
  );
