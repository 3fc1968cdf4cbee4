// DestinationRules that have a call go to whatever address the client dialled, so that its name proves nothing any more.
import { excludes } from '../../domain/labels.ts';
import { leavesAddress, type RegistryHost } from '../../domain/istio/registered-host.ts';
import {
  broughtAlong,
  hostsOf,
  reachableOf,
  type Destination,
  type Reachable,
} from '../sidecar/destination.ts';
import { covers, fullName, listed, namespaceOf } from '../../domain/istio/egress-host.ts';
import type { Sight } from '../mesh/visible-routes.ts';
import type { Registry } from '../mesh/service-registry.ts';
import { isExportedTo, exportToByDefault, rootNamespacesOf } from '../../domain/istio/visibility.ts';
import type { EgressListener } from '../../domain/kinds/sidecar.ts';
import type { Scope } from '../scopes.ts';
import type { DestinationRule } from '../../domain/kinds/destination-rule.ts';
import type { Override } from './interference.ts';

/** Of hosts that Envoy would find by itself; of the others it is told where they are granted. `egress` is what the Sidecar says. */
export function loosened(
  scope: Scope,
  destinations: readonly Destination[],
  egress: readonly EgressListener[],
  sight: Sight,
): readonly Override[] {
  const { configuration, snapshot } = sight;
  const namespaces = new Set([
    snapshot.namespace,
    ...rootNamespacesOf(snapshot.mesh),
    ...destinations.map(({ host }) => namespaceOf(host)),
  ]);
  if ([...namespaces].every((each) => configuration(each).destinationRules.length === 0)) return [];
  const imported = [
    ...reachableOf(destinations, sight.registry),
    ...unasked(destinations, egress, sight.registry),
  ];
  return imported.flatMap((reachable): Override[] => {
    const rule = looseningRule(reachable, scope, sight);
    if (rule === undefined) return [];
    const host = listed(reachable.host);
    const destinationRule = `${rule.namespace}/${rule.name}`;
    const finding = { code: 'AddressLeftToClient', host, destinationRule } as const;
    return [{ destination: reachable.destination, host, finding }];
  });
}

/** What comes along with a wildcard, but for what is shut out or granted itself. Where the wildcard leaves the address, that is told. */
function unasked(
  destinations: readonly Destination[],
  egress: readonly EgressListener[],
  registry: Registry,
): readonly Reachable[] {
  const named = new Set(egress.flatMap(({ hosts }) => hosts));
  const exact = destinations.filter((one) => hostsOf(one, registry).every(({ passthrough }) => !passthrough));
  return broughtAlong(exact, registry).filter(
    ({ host }) => !named.has(listed(host)) && !named.has(`~${listed(host)}`),
  );
}

function looseningRule(
  { host, ports }: Reachable,
  { selector }: Scope,
  sight: Sight,
): DestinationRule | undefined {
  const rules = rulesFor(host, sight);
  if (rules.length === 0 || host.passthrough) return undefined;
  // A port of no declared protocol is told by the Host header too, where an HTTP host shares its number.
  const exposed = ports.filter(
    (port) => port.class === 'auto' || leavesAddress({ ...host, passthrough: true }, port),
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
function rulesFor(
  { host, namespace }: RegistryHost,
  { snapshot, configuration }: Sight,
): readonly DestinationRule[] {
  const byDefault = exportToByDefault(snapshot.mesh, 'DestinationRule');
  for (const each of [snapshot.namespace, namespace, ...rootNamespacesOf(snapshot.mesh)]) {
    const { destinationRules } = configuration(each);
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
