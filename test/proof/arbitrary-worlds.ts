// Generates random worlds. Names, hosts and ports are few, so that objects collide often.
import * as fc from 'fast-check';
import {
  HOSTS,
  NAMESPACES,
  SHOP,
  UNNAMEABLE_HOSTS,
  WILDCARDS,
  type ServiceEntrySpec,
  type IntentSpec,
  type PortSpec,
  type ServiceSpec,
  type WorldSpec,
} from './world-spec.ts';

const PORTS = [80, 443, 5432, 8080] as const;
const PORT_NAMES: Readonly<Record<number, readonly string[]>> = {
  80: ['http', 'http', 'tcp-x', ''],
  443: ['https', 'tls', 'http', 'tcp'],
  5432: ['tcp-pg', 'postgres', 'redis', ''],
  8080: ['http', 'grpc-a', 'tcp-y', 'mysql', '', 'tls-z'],
};

const portSpec = fc
  .constantFrom(...PORTS)
  .chain((number) =>
    fc.constantFrom(...(PORT_NAMES[number] ?? [''])).map((name): PortSpec => ({ number, name })),
  );
const distinctPorts = fc.uniqueArray(portSpec, {
  minLength: 1,
  maxLength: 3,
  selector: ({ number }) => number,
});
/** Some Services list a UDP port of the same number first, as kube-dns does. */
const servicePorts = fc.tuple(distinctPorts, fc.nat(15)).map(([ports, chance]): readonly PortSpec[] => {
  const [first] = ports;
  return chance === 0 && first ? [{ number: first.number, name: 'udp', protocol: 'UDP' }, ...ports] : ports;
});

const SERVICE_NAMES = ['api', 'db', 'web'] as const;
export const serviceSpec: fc.Arbitrary<ServiceSpec> = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  name: fc.constantFrom(...SERVICE_NAMES, 'alias', 'nowhere'),
  kind: fc.constantFrom('cluster-ip', 'cluster-ip', 'cluster-ip', 'headless', 'external-name'),
  ports: servicePorts,
  externalName: fc.oneof(
    fc
      .tuple(fc.constantFrom(...SERVICE_NAMES), fc.constantFrom(...NAMESPACES))
      .map(([name, namespace]) => `${name}.${namespace}.svc.cluster.local`),
    fc.constantFrom(...HOSTS),
  ),
  exportTo: fc.constantFrom('', '', '', '', '*', '.', SHOP, '~'),
});

const serviceEntryPort = fc.constantFrom(
  { number: 443, protocol: 'TLS' },
  { number: 80, protocol: 'HTTP' },
  { number: 8080, protocol: 'HTTP' },
  { number: 8080, protocol: 'TLS' },
  { number: 5432, protocol: 'TCP' },
);
const PARTNERS = ['partner.com', 'b.partner.com'] as const;

const serviceEntrySpec = (hosts: readonly string[]): fc.Arbitrary<ServiceEntrySpec> =>
  fc
    .record({
      namespace: fc.constantFrom(...NAMESPACES, 'entries'),
      host: fc.constantFrom(...hosts),
      addresses: fc.constantFrom('none', 'none', 'none', 'one', 'several', 'range'),
      resolution: fc.constantFrom('DNS' as const, 'DNS' as const, 'NONE' as const),
      ports: fc.uniqueArray(serviceEntryPort, {
        minLength: 1,
        maxLength: 2,
        selector: ({ number }) => number,
      }),
      exportTo: fc.constantFrom<readonly string[]>([], ['*'], [SHOP], ['.']),
      older: fc.boolean(),
    })
    .map((spec) => ({
      ...spec,
      // Istio refuses a range with resolution DNS. A foreign TCP host without an address takes every call on its port: not a case to judge.
      resolution: spec.addresses === 'range' ? 'NONE' : spec.resolution,
      ports: spec.ports.map((port) =>
        spec.addresses === 'none' && port.protocol === 'TCP' ? { number: 443, protocol: 'TLS' } : port,
      ),
    }))
    .map((spec) => ({
      ...spec,
      ports: [...new Map(spec.ports.map((port) => [port.number, port])).values()],
    }));

export const podLabels = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'), {
  maxKeys: 4,
});
const selector = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), { maxKeys: 3 });

const numbers = fc.uniqueArray(fc.constantFrom(...PORTS, 9999), { minLength: 1, maxLength: 2 });
const limits = fc.option(
  numbers.map((list) => list.map((port) => ({ port }))),
  { nil: undefined, freq: 2 },
);
const hostPort = fc.constantFrom(
  { port: 443, protocol: 'TLS' },
  { port: 443, protocol: 'TLS' },
  { port: 80, protocol: 'HTTP' },
  { port: 8080, protocol: 'HTTP' },
  { port: 8080, protocol: 'TLS' },
  { port: 5432, protocol: 'TCP' },
  { port: 443, protocol: 'TCP' },
);
const hostPorts = fc.option(
  fc.uniqueArray(hostPort, { minLength: 1, maxLength: 2, selector: ({ port }) => port }),
  { nil: undefined },
);
const serviceRef = fc.record(
  { name: fc.constantFrom(...SERVICE_NAMES, 'alias', 'nowhere'), namespace: fc.constantFrom(...NAMESPACES) },
  { requiredKeys: ['name'] },
);

const withPorts = (
  kind: string,
  value: fc.Arbitrary<unknown>,
  ports: fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> =>
  fc
    .tuple(value, ports)
    .map(([destination, list]) => ({ [kind]: destination, ...(list === undefined ? {} : { ports: list }) }));

const allowEntry = fc.oneof(
  {
    weight: 2,
    arbitrary: withPorts(
      'namespace',
      fc.constantFrom(...NAMESPACES).map((name) => ({ name })),
      limits,
    ),
  },
  { weight: 5, arbitrary: withPorts('service', serviceRef, limits) },
  { weight: 5, arbitrary: withPorts('host', fc.constantFrom(...HOSTS, ...WILDCARDS), hostPorts) },
  {
    weight: 2,
    arbitrary: withPorts(
      'serviceEntry',
      fc.record({
        host: fc.constantFrom(...PARTNERS),
        namespace: fc.constantFrom(...NAMESPACES, 'entries'),
      }),
      limits,
    ),
  },
  {
    weight: 2,
    arbitrary: withPorts(
      'cidr',
      fc.constantFrom('203.0.113.0/24', '203.0.113.128/25', '198.51.100.9'),
      numbers.map((list) => list.map((port) => ({ port }))),
    ),
  },
);

export const intentSpec: fc.Arbitrary<IntentSpec> = fc.record({
  selector,
  mode: fc.constantFrom('Enforce' as const, 'Enforce' as const, 'Enforce' as const, 'Audit' as const),
  allow: fc.array(allowEntry, { maxLength: 4 }),
});

/** Objects are named by their position, so the older ones come first: they exist before the younger ones are added. */
const oldestFirst = (serviceEntries: readonly ServiceEntrySpec[]): readonly ServiceEntrySpec[] =>
  serviceEntries.toSorted((a, b) => Number(b.older) - Number(a.older));

export type WorldOptions = {
  readonly versions: readonly string[];
  /** Whether foreign ServiceEntries may register hosts that intents name; default true. */
  readonly duplicateHosts?: boolean;
};

/** Worlds with one of these Istio versions. */
export const arbitraryWorld = ({ versions, duplicateHosts = true }: WorldOptions): fc.Arbitrary<WorldSpec> =>
  fc.record({
    istioVersion: fc.constantFrom(...versions),
    dnsCapture: fc.boolean(),
    dnsAllowed: fc.constantFrom(true, true, true, false),
    services: fc.uniqueArray(serviceSpec, {
      minLength: 1,
      maxLength: 12,
      selector: ({ namespace, name }) => `${namespace}/${name}`,
    }),
    serviceEntries: fc
      .uniqueArray(
        serviceEntrySpec(duplicateHosts ? [...PARTNERS, ...UNNAMEABLE_HOSTS, ...HOSTS] : PARTNERS),
        {
          maxLength: 3,
          selector: ({ namespace, host }) => `${namespace}/${host}`,
        },
      )
      .map(oldestFirst),
    sidecars: fc.array(
      fc.record({ selector: fc.option(selector, { nil: undefined }), older: fc.boolean() }),
      { maxLength: 1 },
    ),
    intents: fc.array(intentSpec, { minLength: 1, maxLength: 8 }),
    pods: fc.array(podLabels, { minLength: 1, maxLength: 4 }),
    exportToByDefault: fc.constantFrom<readonly string[]>([], [], [], [], [], ['.']),
  });
