// DestinationRules that have a call go to whatever address the client dialled, so that its name proves nothing any more.
import { excludes } from '../../domain/labels.ts';
import { isSpoofable, type RegisteredHost } from '../../domain/istio/registered-host.ts';
import {
  importedByWildcards,
  hostsGrantedBy,
  reachableHosts,
  type Destination,
  type ReachableHost,
} from '../sidecar/destination.ts';
import { covers, egressHost, namespaceOf } from '../../domain/istio/egress-host.ts';
import { fullName } from '../../domain/istio/service-host.ts';
import type { MeshView } from '../mesh/service-registry.ts';
import type { ServiceRegistry } from '../mesh/service-registry.ts';
import { isExportedTo, exportToByDefault, rootNamespacesOf } from '../../domain/istio/visibility.ts';
import type { EgressListener } from '../../domain/kinds/sidecar.ts';
import type { Scope } from '../scopes.ts';
import type { DestinationRule } from '../../domain/kinds/destination-rule.ts';
import type { Interference } from './interference.ts';

/** Of hosts that Envoy would find by itself; of the others it is told where they are granted. `egress` is what the Sidecar says. */
export function destinationRuleInterference(
  scope: Scope,
  destinations: readonly Destination[],
  egress: readonly EgressListener[],
  view: MeshView,
): readonly Interference[] {
  const { snapshot } = view;
  const namespaces = new Set([
    snapshot.namespace,
    ...rootNamespacesOf(snapshot.mesh),
    ...destinations.map(({ host }) => namespaceOf(host)),
  ]);
  if ([...namespaces].every((each) => snapshot.cluster.istioConfig(each).destinationRules.length === 0))
    return [];
  const imported = [
    ...reachableHosts(destinations, view.registry),
    ...importedHosts(destinations, egress, view.registry),
  ];
  return imported.flatMap((reachable): Interference[] => {
    const rule = passthroughRule(reachable, scope, view);
    if (rule === undefined) return [];
    const host = egressHost(reachable.host);
    const destinationRule = `${rule.namespace}/${rule.name}`;
    const finding = { code: 'DestinationRulePassthrough', host, destinationRule } as const;
    return [{ destination: reachable.destination, host, finding }];
  });
}

/** What comes along with a wildcard, but for what is shut out or granted itself. Where the wildcard leaves the address, that is told. */
function importedHosts(
  destinations: readonly Destination[],
  egress: readonly EgressListener[],
  registry: ServiceRegistry,
): readonly ReachableHost[] {
  const named = new Set(egress.flatMap(({ hosts }) => hosts));
  const exact = destinations.filter((one) =>
    hostsGrantedBy(one, registry).every(({ passthrough }) => !passthrough),
  );
  return importedByWildcards(exact, registry).filter(
    ({ host }) => !named.has(egressHost(host)) && !named.has(`~${egressHost(host)}`),
  );
}

function passthroughRule(
  { host, ports }: ReachableHost,
  { selector }: Scope,
  view: MeshView,
): DestinationRule | undefined {
  const rules = rulesFor(host, view);
  if (rules.length === 0 || host.passthrough) return undefined;
  // A port of no declared protocol is told by the Host header too, where an HTTP host shares its number.
  const exposed = ports.filter(
    (port) => port.class === 'auto' || isSpoofable({ ...host, passthrough: true }, port),
  );
  return rules.find(
    ({ passthrough, selector: of }) =>
      !excludes(of, selector) &&
      exposed.some(({ number }) => passthrough === 'every' || passthrough.includes(number)),
  );
}

/**
 * Those that Istio takes for a host: of the first namespace that has any, the most specific ones. Source: istio/istio
 * pilot/pkg/model/push_context.go, destinationRule.
 */
function rulesFor({ host, namespace }: RegisteredHost, { snapshot }: MeshView): readonly DestinationRule[] {
  const byDefault = exportToByDefault(snapshot.mesh, 'DestinationRule');
  for (const each of [snapshot.namespace, namespace, ...rootNamespacesOf(snapshot.mesh)]) {
    const { destinationRules } = snapshot.cluster.istioConfig(each);
    const rules = destinationRules
      .map((rule) => ({ rule, name: fullName(rule.host, each, snapshot.settings) }))
      .filter(({ rule, name }) => covers(name, host) && isExportedTo(rule, snapshot.namespace, byDefault));
    const most = Math.max(...rules.map(({ name }) => specificity(name)));
    if (rules.length > 0) {
      return rules.filter(({ name }) => specificity(name) === most).map(({ rule }) => rule);
    }
  }
  return [];
}

const specificity = (name: string): number => (name.startsWith('*') ? name.length : Number.MAX_SAFE_INTEGER);
