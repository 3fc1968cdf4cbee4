// Diagnostics of what is in force, though its author should know of a risk or a likely mistake.
import { Cidr, normalisedHost, prefixLengthOf, type HostName, type Protocol } from '../../network.ts';
import { isNameable } from '../../istio/nameable.ts';
import { hostEntryText, portsText, row } from '../diagnostic-row.ts';

export const RISK_DIAGNOSTICS = {
  ExternalNameOutsideMesh: row<{
    readonly service: string;
    readonly host: string;
    /** What an entry must say to grant the host; absent if none can. */
    readonly grantedBy?: 'host' | 'cidr';
    /** True if the name ends with a dot. */
    readonly dotted?: true;
  }>({
    severity: 'warning',
    message: ({ service, host, grantedBy, dotted }) =>
      dotted === true
        ? `ExternalName Service ${service} leads to ${host}, which Istio does not find because of the dot at its end, so it grants nothing: remove that dot from its spec.externalName`
        : `ExternalName Service ${service} leads to ${host}, outside the mesh, and grants nothing by itself: ${
            grantedBy === undefined
              ? 'set its spec.externalName to a full DNS name, and grant that with host'
              : `grant ${grantedBy === 'host' ? hostEntryText(host) : `cidr: ${host}, with ports,`} as well`
          }`,
    documentation: {
      meaning:
        'The entry names an ExternalName Service for a host outside the mesh. It only gives a second name to that host.',
      remedy:
        'Add an entry with `host` and its ports, or with `cidr` where the Service leads to an IP address. The host can then be called under both names.',
    },
    examples: [
      { service: 'shop/outside', host: 'www.example.com', grantedBy: 'host' },
      { service: 'shop/address', host: '192.0.2.9', grantedBy: 'cidr' },
      { service: 'shop/short', host: 'db' },
      { service: 'shop/dotted', host: 'api.pay.svc.cluster.local.', dotted: true },
    ],
  }),
  CidrInCluster: row<{ readonly cidr: Cidr; readonly clusterCidr: Cidr }>({
    severity: 'warning',
    message: ({ cidr, clusterCidr }) =>
      `${cidr} overlaps the cluster range ${clusterCidr}: on these ports, pods can reach every Service and pod in the overlap, without Istio's routing. Grant the Services by name instead`,
    documentation: {
      meaning:
        'A `cidr` covers addresses of the cluster itself, as `--cluster-cidr` lists them. It would allow calls that no `service` entry grants.',
      remedy: 'Grant the Services with `service` or `namespace`, or narrow the range.',
    },
    examples: [{ cidr: Cidr.parse('10.100.0.0/16'), clusterCidr: Cidr.parse('10.96.0.0/12') }],
  }),
  CidrCoversServices: row<{
    readonly cidr: Cidr;
    /** The first by name, with the ports of them that the entry grants. */
    readonly services: readonly { readonly service: string; readonly ports: readonly number[] }[];
    /** How many more Services the range covers. */
    readonly others: number;
  }>({
    severity: 'warning',
    message: ({ cidr, services, others }) =>
      `${cidr} covers the ClusterIPs of Services: ${services
        .map(({ service, ports }) => `${service} on ${portsText(ports)}`)
        .join(
          ', ',
        )}${others === 0 ? '' : ` and ${others} more`}. Pods can call them at these addresses as plain TCP, without mutual TLS and without their routes. Grant those that the app needs with service, and narrow the range so that it leaves out the ClusterIPs`,
    documentation: {
      meaning:
        'A `cidr` covers ClusterIPs of Services that have a granted port. A call to such an address on that port reaches the Service although no entry names it, as plain TCP: its routes, retries and mutual TLS do not apply. The first Services by name are listed.',
      remedy:
        'Grant the Services that the app needs with `service` or `namespace`, and narrow the range, such as to several ranges around the Service range of the cluster.',
    },
    examples: [
      {
        cidr: Cidr.parse('10.0.0.0/8'),
        services: [
          { service: 'default/kubernetes', ports: [443] },
          { service: 'shop/pay', ports: [80, 443] },
        ],
        others: 12,
      },
    ],
  }),
  CidrTakesHost: row<{
    readonly cidr: Cidr;
    readonly port: number;
    /** The registered host, as a Sidecar lists it, and its ServiceEntry. */
    readonly host: string;
    readonly serviceEntry: string;
  }>({
    severity: 'warning',
    message: ({ cidr, port, host, serviceEntry }) =>
      `${cidr} covers addresses of ${host} (ServiceEntry ${serviceEntry}): calls to these addresses on port ${port} now go through as plain TCP, without the routes of that host. ${isNameable(host) ? 'Grant the host with serviceEntry' : 'Ask its owner to register it under a full DNS name, grant that with serviceEntry'}, and leave its addresses out of the range`,
    documentation: {
      meaning:
        'A `cidr` covers addresses at which a ServiceEntry that is followed or granted registers an HTTP host, a wildcard that would bring in other hosts, or a name that Istio refuses in a Sidecar. A range is called over TCP, so routes, retries and timeouts of the host are lost for these addresses.',
      remedy: 'Grant the host with `serviceEntry`, and narrow the range so that it leaves out its addresses.',
    },
    examples: [
      {
        cidr: Cidr.parse('203.0.113.0/24'),
        port: 80,
        host: 'istio-system/legacy.example.com',
        serviceEntry: 'istio-system/legacy',
      },
    ],
  }),
  CidrLinkLocal: row<{ readonly cidr: Cidr; readonly reserved: Cidr }>({
    severity: 'warning',
    message: ({ cidr, reserved }) =>
      `${cidr} overlaps the link-local range ${reserved}, where clouds serve the credentials of the node: grant the addresses that the app needs outside that range, or use the identity of the workload`,
    documentation: {
      meaning:
        'A `cidr` covers link-local addresses or a metadata server of a cloud (`169.254.0.0/16`, `fe80::/10`, `fd00:ec2::254`). Who reaches it may get the credentials of the node.',
      remedy: 'Narrow the range, or give the pods an identity of their own and remove the entry.',
    },
    examples: [{ cidr: Cidr.parse('169.254.169.254'), reserved: Cidr.parse('169.254.0.0/16') }],
  }),
  CidrHasHostBits: row<{ readonly cidr: Cidr; readonly address: Cidr }>({
    severity: 'warning',
    message: ({ cidr, address }) =>
      `${address}/${prefixLengthOf(cidr)} is granted as the whole range ${cidr}: write cidr: ${cidr} if that is meant, or cidr: ${address} for this one address`,
    documentation: {
      meaning:
        'A `cidr` names an address within the range, not its first one. Kubernetes and Istio accept that and use the whole range; its author may have meant the one address.',
      remedy: 'Write the range by its first address, or write the address without a prefix length.',
    },
    examples: [{ cidr: Cidr.parse('203.0.113.0/24'), address: Cidr.parse('203.0.113.7') }],
  }),
  CidrWide: row<{ readonly cidr: Cidr; readonly widest: number }>({
    severity: 'warning',
    message: ({ cidr, widest }) =>
      `${cidr} is wider than /${widest}, so the app can reach nearly everything there: list the ranges that it needs`,
    documentation: {
      meaning: 'A `cidr` is wider than `/16` for IPv4, or `/32` for IPv6.',
      remedy: 'List narrower ranges, or grant the hosts by name.',
    },
    examples: [{ cidr: Cidr.parse('10.0.0.0/8'), widest: 16 }],
  }),
  WildcardOverPublicSuffix: row<{ readonly host: HostName }>({
    severity: 'warning',
    message: ({ host }) =>
      `${host} covers names that anybody can register, so the app can send data to strangers: list the hosts, or a wildcard below a domain of one owner`,
    documentation: {
      meaning:
        'A wildcard covers a domain under which strangers get names, such as `*.co.uk`, `*.github.io` or `*.s3.amazonaws.com`. The controller knows the usual ones; its list is not complete.',
      remedy: 'List the hosts by name, such as `bucket.s3.amazonaws.com`.',
    },
    examples: [{ host: normalisedHost('*.github.io') }],
  }),
  PortUsuallyTcp: row<{
    readonly host: HostName;
    readonly port: number;
    readonly protocol: Protocol;
    readonly carries: string;
  }>({
    severity: 'warning',
    message: ({ host, port, protocol, carries }) =>
      `port ${port} of ${host} is declared as ${protocol}, but usually carries ${carries}, in which the connection begins with neither a TLS server name nor an HTTP request, so calls would hang or fail: write protocol: TCP`,
    documentation: {
      meaning:
        'The port is the usual one of a protocol in which the server speaks first, or that turns to TLS only later (STARTTLS), or of a proxy that is asked with CONNECT. Declared as TLS or HTTP, Envoy waits for a server name or a request that never comes.',
      remedy:
        'Declare `protocol: TCP`. If the port really carries TLS or HTTP from the first byte, ignore the warning.',
    },
    examples: [
      { host: normalisedHost('db.example.com'), port: 5432, protocol: 'TLS', carries: 'PostgreSQL' },
    ],
  }),
  PlatformHostNotListed: row<{
    readonly host: string;
    readonly reason: string;
    readonly cause: 'notNameable' | 'notTrusted';
  }>({
    severity: 'warning',
    message: ({ host, reason, cause }) =>
      cause === 'notNameable'
        ? `${reason} uses ${host}, but Istio refuses a Sidecar that lists this name, so the proxies of restricted pods cannot reach it: write the full DNS name of the host there`
        : `${reason} is in no root namespace of the mesh, so the proxies of restricted pods may not call ${host}, which it uses: grant ${hostEntryText(host)}, or move the policy to a root namespace`,
    documentation: {
      meaning:
        'The proxies themselves need a host, for tracing, authorization or the keys of tokens, but it is not listed: its name is none that a Sidecar may have, or it is the key server of a RequestAuthentication outside the root namespaces, whose author could otherwise open any host.',
      remedy:
        'Give the provider in MeshConfig or the `jwksUri` a full DNS name; or grant the host to the pods with an intent.',
    },
    examples: [
      {
        host: 'istio-system/zipkin',
        reason: 'ConfigMap istio-system/istio (provider zipkin)',
        cause: 'notNameable',
      },
      { host: 'keys.example.com', reason: 'RequestAuthentication shop/jwt', cause: 'notTrusted' },
    ],
  }),
};
