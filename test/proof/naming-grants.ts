// Which grants a call names, and who provides what they grant.
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import { covers } from '../../src/domain/istio/egress-host.ts';
import { isAbout } from './exceptions.ts';
import { followedNamespaces } from './followed.ts';
import { fullName, isVisible, OUTSIDE_ADDRESS, type Place } from './callable-places.ts';
import { aliasesOf, type Grant } from './expectation.ts';
import { isCallFor } from './mismatches.ts';
import { clientAttempts, type Attempt } from './probes.ts';
import { hostsOf, SHOP, type WorldSpec } from './world-spec.ts';

/** True if the first is a host below the second, a wildcard, on the same port. */
export const isBelowWildcard = (place: Place, wildcard: Place): boolean =>
  wildcard.host.startsWith('*.') &&
  place.host !== wildcard.host &&
  place.port === wildcard.port &&
  covers(wildcard.host, place.host);

/** The grant of a wildcard at the host below it that is called, as clients of the wildcard call it; any other grant as it is. */
export function asCalled(grant: Grant, { protocol, place }: Attempt): Grant {
  if (grant.kind === 'range' || place === undefined || !isBelowWildcard(place, grant.place)) return grant;
  const called = { ...place, class: grant.place.class };
  const isClientCall = clientAttempts(called).some((each) => each.protocol === protocol);
  return isClientCall ? { ...grant, place: called } : grant;
}

/**
 * True if the call is for what is granted: by its own name, by that of a host below a granted wildcard, or by that of an alias that the entry or its
 * namespace names.
 */
export function isCallOf(grant: Grant, attempt: Attempt, world: WorldSpec): boolean {
  if (isCallFor(asCalled(grant, attempt), attempt)) return true;
  const { place } = attempt;
  if (grant.kind === 'range' || place?.host !== grant.place.host || place.port !== grant.place.port)
    return false;
  const { service, namespace } = (world.intents[grant.intent]?.allow[grant.entry] ?? {}) as NamedEntry;
  const named = service === undefined ? '' : fullName(service.name, service.namespace ?? SHOP);
  return (
    attempt.name === named ||
    (namespace !== undefined && aliasesOf(namespace.name, world).includes(attempt.name))
  );
}

type NamedEntry = {
  readonly service?: { readonly name: string; readonly namespace?: string };
  readonly serviceEntry?: { readonly namespace?: string };
  readonly namespace?: { readonly name: string };
};

/**
 * True if the name, or else the address, that the call gives is that of what is granted, on its port. `diagnostics` are those about the intents of the
 * pod.
 */
export function names(
  grant: Grant,
  { protocol, address, port, name, place }: Attempt,
  { places, world }: { readonly places: readonly Place[]; readonly world: WorldSpec },
  diagnostics: readonly Diagnostic[],
): boolean {
  if (grant.kind === 'range') return protocol === 'tcp' && port === grant.port;
  const { place: granted } = grant;
  if (granted.port !== port) return false;
  // Envoy does not read the name on a port of plain TCP, whatever the client speaks.
  const isNameless = granted.class === 'tcp' || granted.class === 'auto';
  // A TCP host without an address receives every call on its port.
  if ((protocol === 'tcp' || isNameless) && [address, OUTSIDE_ADDRESS].includes(granted.address)) return true;
  // A followed registration answers at its own addresses, and no other one does.
  const { trusted = [] } = world;
  const followed = followedNamespaces({ caller: SHOP, trusted, providers: namespacesOf(grant, world) });
  const isAddressOfHost = places.some(
    (each) =>
      each.host === granted.host &&
      each.port === port &&
      each.address === address &&
      followed.has(each.namespace),
  );
  const isReadByAddress = isNameless || isCalledAsTcp(grant, diagnostics);
  if (isReadByAddress && address !== OUTSIDE_ADDRESS && isAddressOfHost) return true;
  if (protocol === 'tcp') return false;
  // A listener that detects the protocol goes by the address: for TLS to an HTTP host, and for HTTP with another name.
  if (address !== OUTSIDE_ADDRESS && (granted.address === address || isAddressOfHost)) return true;
  const isBelow = granted.host.startsWith('*.') && name.endsWith(granted.host.slice(1));
  return granted.name === name || isBelow || place?.host === granted.host;
}

/** True if a diagnostic about the very entry says that the port of the host is called as plain TCP: then Envoy does not read the server name either. */
const isCalledAsTcp = (grant: PlaceGrant, diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(
    (diagnostic) =>
      diagnostic.code === 'TlsCalledAsTcp' &&
      isAbout(grant, diagnostic) &&
      diagnostic.port === grant.place.port &&
      diagnostic.host.endsWith(`/${grant.place.host}`),
  );

type PlaceGrant = Extract<Grant, { kind: 'place' }>;

/** As in `intent-0/1 host`, with the namespace that provides it. */
export function entryText(grant: Grant, { intents }: WorldSpec): string {
  const [kind = 'platform host'] = Object.keys(intents[grant.intent]?.allow[grant.entry] ?? {});
  const provider = grant.kind === 'place' ? grant.place.namespace : SHOP;
  return `intent-${grant.intent}/${grant.entry} ${kind} (${provider})`;
}

/** The namespace of the granted host, and the one that its entry names. */
export function namespacesOf(grant: Grant, { intents }: WorldSpec): readonly string[] {
  const { service, namespace } = (intents[grant.intent]?.allow[grant.entry] ?? {}) as NamedEntry;
  const named = namespace?.name ?? service?.namespace;
  return [grant.kind === 'place' ? grant.place.namespace : SHOP, ...(named === undefined ? [] : [named])];
}

/** The namespaces that entries name: a Sidecar lists a host of them though nothing registers it yet. */
export const namespacesListed = (allow: readonly unknown[]): readonly string[] =>
  allow.flatMap((entry) => {
    const { service, serviceEntry, namespace } = entry as NamedEntry;
    return [service?.namespace, serviceEntry?.namespace, namespace?.name].flatMap((name) => name ?? []);
  });

/** The namespaces of the granted hosts, those that their entries name, and that of the alias by which one is called. */
export function providersOf(
  granting: readonly Grant[],
  attempt: Attempt,
  world: WorldSpec,
): readonly string[] {
  const alias = world.services.find(
    ({ kind, name, namespace }) => kind === 'external-name' && fullName(name, namespace) === attempt.name,
  );
  const namespaces = granting.flatMap((grant) => namespacesOf(grant, world));
  const all = new Set([...namespaces, ...(alias === undefined ? [] : [alias.namespace])]);
  return granting.length === 0 ? [] : [...all].toSorted();
}

type RoutedEntry = {
  readonly serviceEntry?: { readonly host: string; readonly namespace: string };
  readonly ports?: readonly { readonly port: number }[];
};

type RoutingSpec = { readonly hosts?: readonly string[] | null; readonly http?: readonly unknown[] | null };

/** Without, Istio makes no virtual host for a name that nobody registers. */
const hasHttpRoutes = ({ http }: RoutingSpec): boolean => (http ?? []).length > 0;

/** Entries for a host that no ServiceEntry registers for the pods and of which a VirtualService of its namespace routes HTTP: it is granted on port 80. */
export const grantsOfRoutedHosts = (intents: readonly number[], world: WorldSpec): readonly Grant[] =>
  intents.flatMap((intent) =>
    (world.intents[intent]?.allow ?? []).flatMap((allowed, entry): Grant[] => {
      const { serviceEntry, ports } = allowed as RoutedEntry;
      if (serviceEntry === undefined || ports?.every(({ port }) => port !== 80) === true) return [];
      const { host, namespace } = serviceEntry;
      const registering = world.serviceEntries.filter((each) => hostsOf(each).includes(host));
      // With `ports`, an entry whose ServiceEntry is not exported is refused.
      const isRefused = ports !== undefined && registering.some((each) => each.namespace === namespace);
      const isRegistered = registering.some((each) => isVisible(each.exportTo, each.namespace, world));
      const isRouted = (world.routing ?? []).some(
        ({ kind, metadata, spec }) =>
          kind === 'VirtualService' &&
          metadata.namespace === namespace &&
          hasHttpRoutes(spec as RoutingSpec) &&
          ((spec as RoutingSpec).hosts ?? []).includes(host),
      );
      if (isRefused || isRegistered || !isRouted) return [];
      const place = {
        host,
        namespace,
        port: 80,
        class: 'http',
        address: OUTSIDE_ADDRESS,
        name: host,
      } as const;
      return [{ kind: 'place', intent, entry, place }];
    }),
  );
