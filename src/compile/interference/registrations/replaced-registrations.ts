// Granted ServiceEntries whose calls end at another registration of the same host: at the one that has what the pods are granted besides, or at one
// that a wildcard brings in.
import { egressHost, partsOf } from '../../../domain/istio/egress-host.ts';
import { isSamePort, type RegisteredHost } from '../../../domain/istio/registered-host.ts';
import { entryTitle } from '../../grants/followed-registration.ts';
import type { EntryDiagnostic } from '../../grants/resolution.ts';
import { entriesInOrderOfAnswer } from '../../mesh/answering-entry.ts';
import type { MeshView } from '../../mesh/service-registry.ts';
import { carriedNames, type CarriedName } from '../../routes/carried-names.ts';
import type { ScopeSidecar } from '../../scope-sidecar.ts';
import {
  importedByWildcards,
  isImportedByWildcard,
  reachableHosts,
  type Destination,
  type ReachableHost,
} from '../../sidecar/destination.ts';
import type { AffectedHost } from '../affected-host.ts';

/** One for each such ServiceEntry and destination. */
export function replacedRegistrations(
  { destinations, routedListeners }: ScopeSidecar,
  view: MeshView,
): readonly AffectedHost[] {
  const reachable = reachableHosts(destinations, view.registry);
  const imported = [...reachable, ...importedByWildcards(destinations, view.registry)];
  const namespaces = Map.groupBy(imported, ({ host }) => host.host);
  const several = reachable.filter(
    ({ host }) => !host.managed && hasSeveralNamespaces(namespaces.get(host.host) ?? []),
  );
  if (several.length === 0) return [];
  const listening = routedListeners.map((listener): Listening => ({
    port: listener.spec.port?.number,
    carried: Map.groupBy(carriedNames(listener, view.registry), ({ name }) => name),
  }));
  return several.flatMap((granted) => replacementOf(granted, listening, view));
}

/** A listener, by its port, and what it carries, by name. */
type Listening = {
  readonly port: number | undefined;
  readonly carried: ReadonlyMap<string, readonly CarriedName[]>;
};

const hasSeveralNamespaces = (hosts: readonly ReachableHost[]): boolean =>
  new Set(hosts.map(({ host }) => host.namespace)).size > 1;

function replacementOf(
  { destination, host: granted, ports }: ReachableHost,
  listeners: readonly Listening[],
  view: MeshView,
): readonly AffectedHost[] {
  const entries = entriesInOrderOfAnswer(granted.host, view.snapshot);
  const entry = entries.find(({ namespace }) => namespace === granted.namespace);
  if (entry === undefined) return [];
  const order = entries.map(({ namespace }) => namespace);
  const answering = ports
    .map((port) => {
      const onPort = answeringOn(port.number, granted.host, { listeners, order }, view);
      return onPort?.registered.ports.some(isSamePort(port)) === true ? onPort : undefined;
    })
    .find(
      (each) =>
        each !== undefined &&
        (each.registered.managed ||
          order.indexOf(granted.namespace) < order.indexOf(each.registered.namespace)),
    );
  if (answering === undefined) return [];
  const { host } = granted;
  const diagnostic = {
    code: 'RegistrationReplaced',
    host,
    serviceEntry: entryTitle(entry),
    ...replacedBy(answering, { host: granted, ports }),
  } as const;
  return [{ destination, host: egressHost(granted), diagnostic }];
}

/** What the granted registration lacks of the other one; where that is not the reason, the other one. */
function replacedBy(
  { registered, destination }: Answering,
  { host: granted, ports: grantedPorts }: Pick<ReachableHost, 'host' | 'ports'>,
): Reason {
  const lacking = registered.ports.filter((port) => !granted.ports.some(isSamePort(port)));
  const ports = lacking.map(({ number }) => number);
  const host = egressHost(registered);
  if (isImportedByWildcard(destination, host)) {
    const broughtInBy = partsOf(destination.host).name;
    if (registered.managed) return { ports, broughtInBy };
    return { ports: grantedPorts.map(({ number }) => number), broughtInBy, usedInstead: host };
  }
  const couldStay = registered.addressing === 'name' && granted.addressing === 'name';
  return ports.length > 0 && couldStay ? { ports } : { ports, usedInstead: host };
}

type Reason = Pick<
  Extract<EntryDiagnostic, { readonly code: 'RegistrationReplaced' }>,
  'ports' | 'broughtInBy' | 'usedInstead'
>;

type Answering = { readonly registered: RegisteredHost; readonly destination: Destination };

/** The registration of a host that answers for the pods on a port: that of the own namespace, else the first in order of answer. */
function answeringOn(
  number: number,
  host: string,
  { listeners, order }: { readonly listeners: readonly Listening[]; readonly order: readonly string[] },
  { registry, snapshot }: MeshView,
): Answering | undefined {
  const listener =
    listeners.find(({ port }) => port === number) ?? listeners.find(({ port }) => port === undefined);
  if (listener === undefined) return undefined;
  const candidates = (listener.carried.get(host) ?? []).flatMap(({ provider, destination }) =>
    registry(egressHost({ namespace: provider, host })).map((registered) => ({ registered, destination })),
  );
  const own = candidates.find(({ registered }) => registered.namespace === snapshot.namespace);
  const first = order.find((namespace) =>
    candidates.some(({ registered }) => registered.namespace === namespace),
  );
  return own ?? candidates.find(({ registered }) => registered.namespace === first);
}
