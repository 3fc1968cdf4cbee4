// Diagnostics of ranges of addresses that are granted: by a cidr entry, or with the ServiceEntry that has them.
import { Cidr, prefixLengthOf } from '../../network.ts';
import { isNameable } from '../../istio/nameable.ts';
import { portsText, row } from '../diagnostic-row.ts';

type Range = {
  readonly cidr: Cidr;
  /** The ServiceEntry whose range it is, `namespace/name`, where an entry grants that. */
  readonly rangeOf?: string;
};

const rangeText = ({ cidr, rangeOf }: Range): string =>
  rangeOf === undefined ? cidr : `range ${cidr} of ServiceEntry ${rangeOf}`;

const narrowingText = ({ rangeOf }: Range): string =>
  rangeOf === undefined ? 'narrow the range' : `ask the owner of ServiceEntry ${rangeOf} to narrow the range`;

type TakenHost = Range & {
  readonly port: number;
  /** The registered host, as a Sidecar lists it, and its ServiceEntry. */
  readonly host: string;
  readonly serviceEntry: string;
};

function takenText({ port, host, serviceEntry, ...range }: TakenHost): string {
  const registered = `${host} (ServiceEntry ${serviceEntry})`;
  const lost = `on port ${port} now go through as plain TCP, without the endpoints and routes of that host`;
  const grant = isNameable(host)
    ? 'Grant the host with serviceEntry'
    : 'Ask its owner to register it under a full DNS name, grant that with serviceEntry';
  if (!range.cidr.includes('/')) {
    const [address, remedy] =
      range.rangeOf === undefined
        ? [
            range.cidr,
            `take port ${port} out of the entry for cidr: ${range.cidr}, or remove that entry if it needs no other port`,
          ]
        : [
            `${range.cidr}, which ServiceEntry ${range.rangeOf} has too,`,
            `take port ${port} out of the entry that grants ServiceEntry ${range.rangeOf}, or remove that entry if it needs no other port; other hosts that it grants on that port then need an entry of their own`,
          ];
    return `${address} is an address of ${registered}: calls to it ${lost}. ${grant}, and ${remedy}`;
  }
  const narrowing =
    range.rangeOf === undefined
      ? 'leave its addresses out of the range'
      : `${narrowingText(range)} so that it leaves out these addresses`;
  return `${rangeText(range)} covers addresses of ${registered}: calls to these addresses ${lost}. ${grant}, and ${narrowing}`;
}

export const RANGE_DIAGNOSTICS = {
  CidrInCluster: row<Range & { readonly clusterCidr: Cidr }>({
    severity: 'warning',
    message: ({ clusterCidr, ...range }) =>
      `${rangeText(range)} overlaps the cluster range ${clusterCidr}: on these ports, pods can reach every Service and pod in the overlap, without Istio's routing. Grant the Services by name instead`,
    documentation: {
      meaning:
        'A `cidr`, or a range of a ServiceEntry that is granted, covers addresses of the cluster itself, as `--cluster-cidr` lists them. It would allow calls that no `service` entry grants.',
      remedy: 'Grant the Services with `service` or `namespace`, or narrow the range.',
    },
    examples: [
      { cidr: Cidr.parse('10.100.0.0/16'), clusterCidr: Cidr.parse('10.96.0.0/12') },
      {
        cidr: Cidr.parse('10.0.0.0/8'),
        clusterCidr: Cidr.parse('10.96.0.0/12'),
        rangeOf: 'shop/legacy-network',
      },
    ],
  }),
  CidrCoversServices: row<
    Range & {
      /** The first by name, with the ports of them that the entry grants. */
      readonly services: readonly { readonly service: string; readonly ports: readonly number[] }[];
      /** How many more Services the range covers. */
      readonly others: number;
    }
  >({
    severity: 'warning',
    message: ({ services, others, ...range }) =>
      `${rangeText(range)} covers the ClusterIPs of Services: ${services
        .map(({ service, ports }) => `${service} on ${portsText(ports)}`)
        .join(
          ', ',
        )}${others === 0 ? '' : ` and ${others} more`}. Pods can call them at these addresses as plain TCP, without mutual TLS and without their routes. Grant those that the app needs with service, and ${narrowingText(range)} so that it leaves out the ClusterIPs`,
    documentation: {
      meaning:
        'A `cidr`, or a range of a ServiceEntry that is granted with plain TCP, covers ClusterIPs of Services that have a granted port. A call to such an address on that port reaches the Service although no entry names it, as plain TCP: its routes, retries and mutual TLS do not apply. The first Services by name are listed.',
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
  CidrTakesHost: row<TakenHost>({
    severity: 'warning',
    message: takenText,
    documentation: {
      meaning:
        'A `cidr` covers addresses at which a ServiceEntry that is followed or granted registers an HTTP host, a wildcard that would bring in other hosts, or a name that Istio refuses in a Sidecar. Or it is a single address, and the host that has it is granted too on the same port of TCP or TLS: Envoy has one listener for both, and Istio puts the address first. Or a range of a ServiceEntry that is granted with plain TCP covers them, and the host is another that a Sidecar cannot list with the range, such as one with further addresses. A range is called over TCP, so routes, retries and timeouts of the host are lost for these addresses.',
      remedy:
        'Grant the host with `serviceEntry`, and narrow the range so that it leaves out its addresses. An entry for a single address cannot be narrowed: take the port out of it.',
    },
    examples: [
      {
        cidr: Cidr.parse('203.0.113.0/24'),
        port: 80,
        host: 'istio-system/legacy.example.com',
        serviceEntry: 'istio-system/legacy',
      },
      {
        cidr: Cidr.parse('203.0.113.0/24'),
        port: 5432,
        host: 'istio-system/legacy.example.com',
        serviceEntry: 'istio-system/legacy',
        rangeOf: 'shop/legacy-network',
      },
      {
        cidr: Cidr.parse('203.0.113.7'),
        port: 443,
        host: 'tools/partner.example.com',
        serviceEntry: 'tools/partner',
      },
      {
        cidr: Cidr.parse('203.0.113.7'),
        port: 5432,
        host: 'tools/partner.example.com',
        serviceEntry: 'tools/partner',
        rangeOf: 'tools/legacy-network',
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
};
