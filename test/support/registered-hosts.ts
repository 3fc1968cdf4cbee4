// Hosts of Istio's registry, destinations and grants as short literals, for tests of the rules in compile/sidecar. No object, no parser.
import type { Grant, Target } from '../../src/compile/grants/grant.ts';
import type { ServiceRegistry } from '../../src/compile/mesh/service-registry.ts';
import type { Destination, GrantAge } from '../../src/compile/sidecar/destination.ts';
import type { EgressListener } from '../../src/domain/kinds/sidecar.ts';
import type { Intent } from '../../src/domain/egress-intent/intent.ts';
import type { Features } from '../../src/domain/features.ts';
import { covers, partsOf } from '../../src/domain/istio/egress-host.ts';
import type { RegisteredHost, RegisteredPort } from '../../src/domain/istio/registered-host.ts';
import { intent as intentLiteral } from './literals.ts';

export const http = (number: number): RegisteredPort => ({ number, class: 'http' });
export const tls = (number: number): RegisteredPort => ({ number, class: 'tls' });
export const tcp = (number: number): RegisteredPort => ({ number, class: 'tcp' });
export const auto = (number: number): RegisteredPort => ({ number, class: 'auto' });

/** A foreign host with an address and HTTP on port 80, except for what is given. `egress` is `namespace/host`. */
export function registered(egress: string, given: Partial<RegisteredHost> = {}): RegisteredHost {
  const { namespace, name } = partsOf(egress);
  return {
    namespace,
    host: name,
    creationTimestamp: '',
    addressing: 'address',
    severalAddresses: false,
    ports: [http(80)],
    udpFirst: [],
    passthrough: false,
    nameable: true,
    managed: false,
    ...given,
  };
}

export const registryOf =
  (...hosts: readonly RegisteredHost[]): ServiceRegistry =>
  (egress) => {
    const { namespace, name } = partsOf(egress);
    return hosts.filter((host) => host.namespace === namespace && covers(name, host.host));
  };

/** A destination on every port, except for what is given. */
export const destination = (host: string, given: Partial<Destination> = {}): Destination => ({
  host,
  ports: 'every',
  complete: false,
  givingWay: [],
  aliases: [],
  grants: [],
  portGrants: (given.grants ?? []).map((granted) => ({ grant: granted, ports: given.ports ?? 'every' })),
  covered: [],
  ...given,
});

/** The ages of hosts that were granted in this order. */
export const grantedInOrder =
  (...hosts: readonly string[]): GrantAge =>
  (_destination, host) =>
    hosts.indexOf(host);

/** An intent of namespace `shop` for pods with label `app: NAME`, except for what is given. */
export const intent = (name: string, given: Partial<Intent> = {}): Intent =>
  intentLiteral(name, { namespace: 'shop', ...given });

export const target = (host: string, ports: Target['ports'] = 'every', aliases: readonly string[] = []) => ({
  host,
  ports,
  aliases,
});

/** Entry 0 of an intent, except for what is given. */
export const grant = (grantor: Intent, given: Partial<Grant> = {}): Grant => ({
  intent: grantor,
  entry: 0,
  grantedSince: grantor,
  targets: [],
  externals: [],
  ...given,
});

export const ISTIO_1_31: Features = {
  exclusions: true,
  dynamicDns: true,
  serviceEntryVisibility: true,
  tcpRoutes: true,
};
export const ISTIO_1_29: Features = {
  exclusions: false,
  dynamicDns: false,
  serviceEntryVisibility: false,
  tcpRoutes: false,
};

/** Listeners as lines: `HTTP 80: pay/api`, `sniffed 80: pay/api`, `default: pay/api`. */
export const linesOf = (listeners: readonly EgressListener[]): readonly string[] =>
  listeners.map(({ port, hosts }) => {
    const kind = port === undefined ? 'default' : `${port.protocol ?? 'sniffed'} ${port.number}`;
    return `${kind}: ${hosts.join(' ')}`;
  });
