// Builds the Sidecar of one scope.
import { isEmpty, sortedLabels, type Labels } from '../../domain/labels.ts';
import type { EgressListener, SidecarSpec } from '../../domain/kinds/sidecar.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import type { PlatformHosts } from '../mesh/platform-hosts.ts';
import type { Grant } from '../grants/grant.ts';
import type { Sight } from '../mesh/visible-routes.ts';
import type { Scope } from '../scopes.ts';
import { type GrantAge, grantsFor, type Destination } from './destination.ts';
import { featuresOf } from '../../domain/features.ts';
import { mergeGrants } from './merge-grants.ts';
import { excludedRoutes } from './excluded-routes.ts';
import { egressListeners, type EgressListeners } from './egress-listeners.ts';
import type { Diagnostic } from '../../domain/egress-intent/diagnostic.ts';
import type { DesiredSidecar } from '../compilation.ts';
import type { VirtualService } from '../../domain/kinds/virtual-service.ts';

/** The mode is always written, since an absent one means the mesh's own default. */
function sidecarSpec(selector: Labels, egress: readonly EgressListener[]): SidecarSpec {
  return {
    ...(isEmpty(selector) ? {} : { workloadSelector: { labels: sortedLabels(selector) } }),
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    egress,
  };
}

/** What does not change while grants come and go. */
export type Ground = {
  readonly snapshot: Snapshot;
  readonly inquiry: RecordingCluster;
  readonly platform: PlatformHosts;
};

/** The grants of a scope, the oldest first, and how old each is. */
export type Granted = {
  readonly grants: readonly Grant[];
  readonly ageOf: (grant: Grant) => number;
  readonly sight: Sight;
};

export function buildScopeSidecar(
  scope: Scope,
  { grants, ageOf, sight }: Granted,
  { snapshot: { settings }, platform: platformFor }: Ground,
): ScopeSidecar {
  /** A platform host is older than any grant. */
  const rank: GrantAge = (destination, listed) => {
    const [oldest] = grantsFor(destination, listed);
    return oldest === undefined || destination.grants.length === 0 ? -1 : ageOf(oldest);
  };
  const platform = platformFor(scope);
  const hosts = [...settings.platformHosts, ...platform.map(({ host }) => host)];
  const features = featuresOf(settings.istioVersion);
  const destinations = mergeGrants(hosts, grants, sight.registry);
  const { virtualServices: keptOut, exclusions } = excludedRoutes(destinations, sight, features);
  const listeners = egressListeners(destinations, sight.registry, features, rank, exclusions);
  const spec = sidecarSpec(scope.selector, listeners.egress);
  return {
    listeners,
    destinations,
    excludedRoutes: keptOut,
    sidecar: { kind: 'Sidecar', scope, spec, platformHosts: platform },
  };
}

/** What one Sidecar could not say, told to each entry that asked for it. */
export function sidecarDiagnostics({ sidecar, listeners }: ScopeSidecar): readonly Diagnostic[] {
  const { selector } = sidecar.scope;
  return [
    ...listeners.conflicts.flatMap(({ destination, host, port, reason }) =>
      grantsFor(destination, host).map((grant): Diagnostic => ({
        code: 'PortNotGranted',
        ...sourceOf(grant),
        host,
        port,
        selector,
        reason,
      })),
    ),
    ...listeners.spoofable.flatMap(({ destination, host }) =>
      destination.grants.map((grant): Diagnostic => ({
        code: 'HostSpoofable',
        ...sourceOf(grant),
        destination: host,
      })),
    ),
  ];
}

const sourceOf = ({ intent, entry }: Grant): Pick<Diagnostic, 'intent'> & { readonly entry: number } => ({
  intent: intent.name,
  entry,
});

/** The listeners of one scope, and what they were made for. */
export type ScopeSidecar = {
  readonly sidecar: DesiredSidecar;
  readonly destinations: readonly Destination[];
  readonly listeners: EgressListeners;
  /** VirtualServices that the Sidecar excludes. */
  readonly excludedRoutes: ReadonlySet<VirtualService>;
};
