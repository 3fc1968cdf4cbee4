// Generates random worlds with the routing of a real mesh, and with ServiceEntries of several namespaces for the same hosts.
import * as fc from 'fast-check';
import { z } from 'zod';
import type { KubeObject } from '../support/cluster.ts';
import { arbitraryWorld } from './arbitrary-worlds.ts';
import { fullName } from './callable-places.ts';
import { ROOT_NAMESPACE } from './followed.ts';
import type { Routed } from './random-routes.ts';
import { GATEWAY, PLATFORM_NAMESPACE, richRouting } from './rich-routing.ts';
import {
  HOSTS,
  SHOP,
  WILDCARDS,
  type ServiceEntrySpec,
  type ServiceSpec,
  type WorldSpec,
} from './world-spec.ts';

const gateway: ServiceSpec = {
  namespace: GATEWAY.namespace,
  name: GATEWAY.name,
  kind: 'cluster-ip',
  ports: [
    { number: 80, name: 'http' },
    { number: 443, name: 'https' },
    { number: 15_443, name: 'tls' },
  ],
  externalName: '',
  exportTo: '',
};

/** Mostly TLS on 443, as in real meshes. */
const port = fc.constantFrom(
  { number: 443, protocol: 'TLS' },
  { number: 443, protocol: 'TLS' },
  { number: 443, protocol: 'TLS' },
  { number: 443, protocol: 'TLS', targetPort: 8443 },
  { number: 80, protocol: 'HTTP' },
  { number: 80, protocol: 'HTTP', targetPort: 443 },
  { number: 8080, protocol: 'HTTP' },
  { number: 443, protocol: 'HTTPS' },
);
const tcpPort = { number: 5432, protocol: 'TCP' } as const;

const host = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...HOSTS) },
  { weight: 1, arbitrary: fc.constantFrom(...WILDCARDS) },
  { weight: 2, arbitrary: fc.constantFrom('partner.com', 'b.partner.com') },
);

const registration: fc.Arbitrary<ServiceEntrySpec> = fc
  .record({
    namespace: fc.constantFrom(SHOP, 'pay', 'entries', ROOT_NAMESPACE, ROOT_NAMESPACE, PLATFORM_NAMESPACE),
    host,
    moreHosts: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.constantFrom(['more.org'], ['b.ext.com']) },
    ),
    addresses: fc.constantFrom(
      'none' as const,
      'none' as const,
      'none' as const,
      'one' as const,
      'several' as const,
      'granted' as const,
    ),
    isStatic: fc.boolean(),
    ports: fc.uniqueArray(port, { minLength: 1, maxLength: 2, selector: ({ number }) => number }),
    exportTo: fc.constantFrom<readonly string[]>([], ['*'], [SHOP], ['.']),
    older: fc.boolean(),
  })
  .map(({ isStatic, ...entry }): ServiceEntrySpec => {
    const isWildcard = entry.host.startsWith('*');
    return {
      ...entry,
      // Hosts with one address are told apart by name only; at the address itself Istio takes any of them.
      moreHosts: entry.addresses === 'none' ? entry.moreHosts.filter((more) => more !== entry.host) : [],
      ports: entry.addresses === 'none' ? entry.ports : [...entry.ports, tcpPort],
      resolution: isStatic ? 'STATIC' : isWildcard ? 'NONE' : 'DNS',
    };
  });

/** Younger ones come last: see `oldestFirst` in arbitrary-worlds.ts. */
const registrations = fc
  .uniqueArray(registration, { maxLength: 3, selector: (each) => `${each.namespace}/${each.host}` })
  .map((list) => list.toSorted((a, b) => Number(b.older) - Number(a.older)));

/** Which host of the world an entry grants, how, and whether it is limited to one of its ports. */
const pick = fc.record({
  at: fc.nat(50),
  as: fc.constantFrom('service', 'service', 'service', 'host', 'host', 'serviceEntry', 'namespace'),
  limit: fc.option(fc.nat(3), { nil: undefined, freq: 2 }),
});
type Pick = typeof pick extends fc.Arbitrary<infer T> ? T : never;

/** An entry for what the world has: a random name would mostly name nothing. */
function entryFor({ at, as, limit }: Pick, { services, serviceEntries }: WorldSpec): unknown {
  const service = services[at % services.length];
  const registered = serviceEntries[at % Math.max(1, serviceEntries.length)];
  const limited = (ports: readonly { readonly number: number }[]): object =>
    limit === undefined
      ? {}
      : {
          ports: ports
            .slice(limit % ports.length)
            .slice(0, 1)
            .map(({ number }) => ({ port: number })),
        };
  if (as === 'namespace') return { namespace: { name: service?.namespace ?? SHOP } };
  if (as === 'service' || registered === undefined) {
    const { name = 'api', namespace = SHOP, kind, ports = [] } = service ?? {};
    return { service: { name, namespace }, ...(kind === 'cluster-ip' ? limited(ports) : {}) };
  }
  const { host: name, namespace, ports } = registered;
  if (as === 'serviceEntry') return { serviceEntry: { host: name, namespace }, ...limited(ports) };
  const declared = ports.map(({ number, protocol }) => ({
    port: number,
    protocol: protocol === 'HTTPS' ? 'TLS' : protocol,
  }));
  return { host: name, ports: limit === undefined ? declared : declared.slice(0, 1) };
}

/** What routes may be for: the Services and registered hosts of the world, most often those that the first intent grants. */
function routedHosts({ services, serviceEntries, intents }: WorldSpec): readonly Routed[] {
  const granted = JSON.stringify(intents[0]?.allow);
  const hosts = [
    ...services.map(({ name, namespace, ports }) => ({
      full: fullName(name, namespace),
      name,
      namespace,
      ports,
    })),
    ...serviceEntries.map((each) => ({ ...each, full: each.host, name: each.host })),
  ];
  return hosts.flatMap(({ full, name, namespace: provider, ports }) => {
    const isGranted = granted.includes(`"${name}"`);
    return Array.from({ length: isGranted ? 6 : 1 }, () => ({
      host: full,
      provider,
      ports: ports.map(({ number }) => number),
    }));
  });
}

/** The first intent is for every pod of the namespace and grants what the world has; routes are mostly for that. */
export const fidelityWorld = (versions: readonly string[]): fc.Arbitrary<WorldSpec> =>
  fc
    .record({
      world: arbitraryWorld({ versions }),
      serviceEntries: registrations,
      trusted: fc.boolean(),
      picks: fc.array(pick, { minLength: 2, maxLength: 6 }),
    })
    .map(({ world, serviceEntries, trusted, picks }): WorldSpec => {
      const registered = {
        ...world,
        services: [...world.services.slice(0, 8), gateway],
        serviceEntries,
        sidecars: [],
      };
      const [first, ...others] = world.intents.slice(0, 3);
      const allow = [...picks.map((each) => entryFor(each, registered)), ...(first?.allow.slice(0, 1) ?? [])];
      return {
        ...registered,
        pods: world.pods.slice(0, 2),
        intents: [{ selector: {}, mode: 'Enforce', allow }, ...others],
        exportToByDefault: world.exportToByDefault.length > 0 && trusted ? ['.'] : [],
        ...(trusted ? { trusted: [PLATFORM_NAMESPACE] } : {}),
      };
    })
    .chain((world) =>
      fc.tuple(richRouting(routedHosts(world)), fc.nat(31)).map(([routing, spelled]) => ({
        ...world,
        routing: routing
          .filter(({ kind }) => kind !== 'TCPRoute' || readsTcpRoutes(world))
          .map((route, index) => (index === spelled ? inUpperCase(route) : route)),
      })),
    );

/**
 * A VirtualService with its first host not in lower case, as istiod compares it, also where tls routes name it: istiod's webhook refuses others. A
 * delegate, or any other kind, as it is.
 */
function inUpperCase(route: KubeObject): KubeObject {
  const { data } = WithTlsRoutes.safeParse(route['spec']);
  if (route.kind !== 'VirtualService' || data === undefined) return route;
  const [first = '', ...others] = data.hosts;
  const spelled = first.replace(/[a-z]/, (letter) => letter.toUpperCase());
  const tls = data.tls?.map((rule) => ({
    ...rule,
    match: rule.match.map((match) => ({
      ...match,
      sniHosts: match.sniHosts.map((name) => (name === first ? spelled : name)),
    })),
  }));
  return { ...route, spec: { ...data, hosts: [spelled, ...others], ...(tls && { tls }) } };
}

const WithTlsRoutes = z.looseObject({
  hosts: z.array(z.string()),
  tls: z
    .array(z.looseObject({ match: z.array(z.looseObject({ sniHosts: z.array(z.string()) })) }))
    .optional(),
});

/** False where the oldest istiod does not read TCPRoutes: while such a mesh is upgraded, they are not followed. */
const readsTcpRoutes = ({ istioVersion }: WorldSpec): boolean => istioVersion === '1.31';
