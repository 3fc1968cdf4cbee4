// Finds DestinationRules with PASSTHROUGH or a tunnel for granted hosts: with the first, a call goes to the address that the client dialled, so
// the name of the host no longer proves where the call ends; with the second, it ends at another host.
import { covers, egressHost, isWildcardName, namespaceOf } from '../../domain/istio/egress-host.ts';
import { isSpoofable, type RegisteredHost } from '../../domain/istio/registered-host.ts';
import { fullName } from '../../domain/istio/service-host.ts';
import { exportToByDefault, isExportedTo, rootNamespacesOf } from '../../domain/istio/visibility.ts';
import type { DestinationRule } from '../../domain/kinds/destination-rule.ts';
import type { EgressListener } from '../../domain/kinds/sidecar.ts';
import { excludes } from '../../domain/labels.ts';
import type { MeshView, ServiceRegistry } from '../mesh/service-registry.ts';
import type { EntryDiagnostic } from '../grants/resolution.ts';
import type { Scope } from '../scopes.ts';
import {
  hostsGrantedBy,
  importedByWildcards,
  reachableHosts,
  type Destination,
  type ReachableHost,
} from '../sidecar/destination.ts';
import type { AffectedHost } from './affected-host.ts';

/** Skips hosts that are ORIGINAL_DST already: those carry HostSpoofable. `egress` are the listeners of the scope's Sidecar. */
export function destinationRuleInterference(
  scope: Scope,
  destinations: readonly Destination[],
  egress: readonly EgressListener[],
  view: MeshView,
): readonly AffectedHost[] {
  const { snapshot } = view;
  const namespaces = new Set([
    snapshot.namespace,
    ...rootNamespacesOf(snapshot.mesh),
    ...destinations.map(({ host }) => namespaceOf(host)),
  ]);
  if ([...namespaces].every((each) => snapshot.cluster.istioConfig(each).destinationRules.length === 0))
    return [];
  const callable = [
    ...reachableHosts(destinations, view.registry),
    ...importedHosts(destinations, egress, view.registry),
  ];
  return callable.flatMap((reachable) =>
    ruleDiagnostics(reachable, scope, view).map((diagnostic): AffectedHost => ({
      destination: reachable.destination,
      host: egressHost(reachable.host),
      diagnostic,
    })),
  );
}

/** What rules do to direct calls of a host. */
export function ruleDiagnostics(
  reachable: ReachableHost,
  scope: Scope,
  view: MeshView,
): readonly RuleDiagnostic[] {
  return [
    ...passthroughDiagnostics(reachable.host, spoofableNumbers(reachable), scope, view),
    // HTTP calls take no tunnel.
    ...(reachable.ports.some((port) => port.class !== 'http')
      ? tunnelDiagnostics(reachable.host, scope, view)
      : []),
  ];
}

type RuleDiagnostic = Extract<
  EntryDiagnostic,
  { readonly code: 'DestinationRulePassthrough' | 'DestinationRuleTunnels' }
>;

const titleOf = ({ namespace, name }: DestinationRule): string => `${namespace}/${name}`;

/** The tunnels of TCP and TLS calls to the host. Source: istio/istio pilot/pkg/networking/core/tunnelingconfig. */
export const tunnelDiagnostics = (
  host: RegisteredHost,
  { selector }: Scope,
  view: MeshView,
): readonly RuleDiagnostic[] =>
  rulesFor(host, view)
    .filter((rule) => !excludes(rule.selector, selector))
    .flatMap((rule) =>
      rule.tunnels.map((target) => ({
        code: 'DestinationRuleTunnels',
        host: egressHost(host),
        destinationRule: titleOf(rule),
        target,
      })),
    );

/** Hosts that wildcards import without granting them, except hosts that the Sidecar lists or excludes. Skips wildcards that are ORIGINAL_DST. */
function importedHosts(
  destinations: readonly Destination[],
  egress: readonly EgressListener[],
  registry: ServiceRegistry,
): readonly ReachableHost[] {
  const listed = new Set(egress.flatMap(({ hosts }) => hosts));
  const resolvedByEnvoy = destinations.filter((destination) =>
    hostsGrantedBy(destination, registry).every(({ passthrough }) => !passthrough),
  );
  return importedByWildcards(resolvedByEnvoy, registry).filter(
    ({ host }) => !listed.has(egressHost(host)) && !listed.has(`~${egressHost(host)}`),
  );
}

/** A port without a declared protocol is matched by the Host header too, where an HTTP host shares its number. */
const spoofableNumbers = ({ host, ports }: ReachableHost): readonly number[] =>
  ports
    .filter((port) => port.class === 'auto' || isSpoofable({ ...host, passthrough: true }, port))
    .map(({ number }) => number);

/** A rule with PASSTHROUGH for one of these ports; none for a host of which the client chooses the address anyway. */
export function passthroughDiagnostics(
  host: RegisteredHost,
  numbers: readonly number[],
  { selector }: Scope,
  view: MeshView,
): readonly RuleDiagnostic[] {
  if (host.passthrough) return [];
  const rule = rulesFor(host, view).find(
    (candidate) =>
      !excludes(candidate.selector, selector) &&
      numbers.some((number) => candidate.passthrough === 'every' || candidate.passthrough.includes(number)),
  );
  return rule === undefined
    ? []
    : [{ code: 'DestinationRulePassthrough', host: egressHost(host), destinationRule: titleOf(rule) }];
}

/** The rules that Istio uses for a host. Istiods with different root namespaces may use different ones. */
function rulesFor(host: RegisteredHost, view: MeshView): readonly DestinationRule[] {
  const roots = rootNamespacesOf(view.snapshot.mesh);
  const [first = [], ...others] = roots.map((root) => rulesUnder(root, host, view));
  return others.length === 0 ? first : [...new Set([first, ...others].flat())];
}

/**
 * Those of the first place that has any. To pods of the root namespace its own rules come last, except those for it alone. Source: istio/istio
 * pilot/pkg/model/push_context.go, destinationRule.
 */
function rulesUnder(
  root: string,
  { host, namespace }: RegisteredHost,
  { snapshot }: MeshView,
): readonly DestinationRule[] {
  const caller = snapshot.namespace;
  const byDefault = exportToByDefault(snapshot.mesh, 'DestinationRule');
  const isForCaller = (rule: DestinationRule): boolean => isExportedTo(rule, caller, byDefault);
  const isPrivate = ({ namespace: own, exportTo }: DestinationRule): boolean => {
    const [only, ...others] = new Set(exportTo.length === 0 ? byDefault : exportTo);
    return others.length === 0 && (only === '.' || only === own);
  };
  const mostSpecific = (
    of: string,
    counts: (rule: DestinationRule) => boolean,
  ): readonly DestinationRule[] => {
    const rules = snapshot.cluster
      .istioConfig(of)
      .destinationRules.map((rule) => ({ rule, name: fullName(rule.host, of, snapshot.settings) }))
      .filter(({ rule, name }) => covers(name, host) && counts(rule));
    const most = Math.max(...rules.map(({ name }) => specificity(name)));
    return rules.filter(({ name }) => specificity(name) === most).map(({ rule }) => rule);
  };
  const own = mostSpecific(caller, caller === root ? isPrivate : isForCaller);
  if (own.length > 0) return own;
  // A rule that is exported to others hides less specific ones of its namespace.
  const ofHost = mostSpecific(namespace, (rule) => !isPrivate(rule)).filter(isForCaller);
  return ofHost.length > 0 ? ofHost : mostSpecific(root, (rule) => !isPrivate(rule)).filter(isForCaller);
}

/** Longer wildcards are more specific; an exact name is more specific than any wildcard. */
const specificity = (name: string): number => (isWildcardName(name) ? name.length : Number.MAX_SAFE_INTEGER);
