// Random worlds. Names are few, so that things collide.
import * as fc from 'fast-check';
import {
  HOSTS,
  NAMESPACES,
  OWN,
  WILDCARDS,
  type EntrySpec,
  type WorldIntent,
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
/** Now and then a UDP port of the same number comes first, as kube-dns has it. */
const servicePorts = fc.tuple(distinctPorts, fc.nat(15)).map(([ports, dice]): readonly PortSpec[] => {
  const [first] = ports;
  return dice === 0 && first ? [{ number: first.number, name: 'udp', protocol: 'UDP' }, ...ports] : ports;
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
  exportTo: fc.constantFrom('', '', '', '', '*', '.', OWN, '~'),
});

const entryPort = fc.constantFrom(
  { number: 443, protocol: 'TLS' },
  { number: 80, protocol: 'HTTP' },
  { number: 8080, protocol: 'HTTP' },
  { number: 8080, protocol: 'TLS' },
  { number: 5432, protocol: 'TCP' },
);
const PARTNERS = ['partner.com', 'b.partner.com'] as const;

const entrySpec = (hosts: readonly string[]): fc.Arbitrary<EntrySpec> =>
  fc
    .record({
      namespace: fc.constantFrom(...NAMESPACES, 'entries'),
      host: fc.constantFrom(...hosts),
      addresses: fc.constantFrom('none', 'none', 'one', 'range'),
      resolution: fc.constantFrom('DNS' as const, 'DNS' as const, 'NONE' as const),
      ports: fc.uniqueArray(entryPort, { minLength: 1, maxLength: 2, selector: ({ number }) => number }),
      exportTo: fc.constantFrom<readonly string[]>([], ['*'], [OWN], ['.']),
      older: fc.boolean(),
    })
    .map((spec) => ({
      ...spec,
      // Istio refuses a range with DNS, and TCP without an address is a trap of its author's making.
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

const allowed = fc.oneof(
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

export const intentSpec: fc.Arbitrary<WorldIntent> = fc.record({
  selector,
  mode: fc.constantFrom('Enforce' as const, 'Enforce' as const, 'Enforce' as const, 'Audit' as const),
  allow: fc.array(allowed, { maxLength: 4 }),
});

/** So that an entry keeps its place among the others when those that are younger than ours come. */
const oldestFirst = (entries: readonly EntrySpec[]): readonly EntrySpec[] =>
  entries.toSorted((a, b) => Number(b.older) - Number(a.older));

export type WorldOptions = {
  readonly versions: readonly string[];
  /** Whether others may register the hosts that intents name. */
  readonly rivals?: boolean;
};

/** Worlds for the versions of Istio that the judge can stand for. */
export const arbitraryWorld = ({ versions, rivals = true }: WorldOptions): fc.Arbitrary<WorldSpec> =>
  fc.record({
    istioVersion: fc.constantFrom(...versions),
    dnsCapture: fc.boolean(),
    dnsAllowed: fc.constantFrom(true, true, true, false),
    services: fc.uniqueArray(serviceSpec, {
      minLength: 1,
      maxLength: 12,
      selector: ({ namespace, name }) => `${namespace}/${name}`,
    }),
    entries: fc
      .uniqueArray(entrySpec(rivals ? [...PARTNERS, ...HOSTS] : PARTNERS), {
        maxLength: 3,
        selector: ({ namespace, host }) => `${namespace}/${host}`,
      })
      .map(oldestFirst),
    sidecars: fc.array(
      fc.record({ selector: fc.option(selector, { nil: undefined }), older: fc.boolean() }),
      { maxLength: 1 },
    ),
    intents: fc.array(intentSpec, { minLength: 1, maxLength: 8 }),
    pods: fc.array(podLabels, { minLength: 1, maxLength: 4 }),
    exportToByDefault: fc.constantFrom<readonly string[]>([], [], [], [], [], ['.']),
  });
