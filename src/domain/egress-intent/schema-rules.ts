// The rules for an entry of `allow` beyond the types of its fields: each in CEL and in TypeScript, with the message that the
// author reads. Knows nothing of a cluster.
import { HOST_PATTERN, IPV6_START, NUMERIC_TAIL, parseCidr } from '../network.ts';
import type { SchemaRule } from './cel-rule.ts';

type RawPort = { readonly port: number; readonly protocol?: string | undefined };
type RawEntry = {
  readonly namespace?: unknown;
  readonly service?: unknown;
  readonly host?: string | undefined;
  readonly serviceEntry?: { readonly host: string } | undefined;
  readonly cidr?: string | undefined;
  readonly ports?: readonly RawPort[] | undefined;
};

const DESTINATION_KINDS = ['namespace', 'service', 'host', 'serviceEntry', 'cidr'] as const;

/**
 * Ports on which every proxy listens at all addresses: for outbound and inbound calls, health checks and metrics. istiod builds no listener for HTTP there.
 * One for TCP or TLS is at the address of a Service, and works; for a host without an address it has that of the proxy's own listener. Other ports from
 * 15000 to 15090 work, such as 15010, 15012 and 15014 of istiod. Source: istio/istio pilot/pkg/model/context.go, conflictWithReservedListener.
 */
export const RESERVED_PORTS: readonly number[] = [15001, 15006, 15021, 15090];

export const RESERVED_PORT_RULE: SchemaRule<RawPort> = {
  cel: `!(self.port in [${RESERVED_PORTS.join(', ')}])`,
  message: `ports ${RESERVED_PORTS.join(', ')} are reserved for Istio's proxy, which carries no HTTP on them, and TCP and TLS only to hosts with an address: let the destination use another port`,
  field: 'port',
  holds: ({ port }) => !RESERVED_PORTS.includes(port),
};

/** CEL reserves the word namespace; Kubernetes escapes such a field with underscores. */
const celField = (kind: string): string => (kind === 'namespace' ? 'self.__namespace__' : `self.${kind}`);

const EXACTLY_ONE_KIND: SchemaRule<RawEntry> = {
  cel: `[${DESTINATION_KINDS.map((kind) => `has(${celField(kind)})`).join(', ')}].filter(x, x).size() == 1`,
  message: `an entry has exactly one of ${DESTINATION_KINDS.join(', ')}: split the entry, or add the missing field`,
  holds: (entry) => DESTINATION_KINDS.filter((kind) => entry[kind] !== undefined).length === 1,
};

/** The rules for the host name in a field of the entry; `path` is where CEL finds it. */
function hostRules(
  path: string,
  field: 'host' | 'serviceEntry',
  read: (entry: RawEntry) => string | undefined,
): readonly SchemaRule<RawEntry>[] {
  const rule = (cel: string, message: string, holds: (host: string) => boolean): SchemaRule<RawEntry> => ({
    cel: `!has(self.${field}) || ${cel.replaceAll('HOST', path)}`,
    message,
    field,
    holds: (entry) => {
      const host = read(entry);
      return host === undefined || holds(host);
    },
  });
  return [
    rule(
      `HOST != '*'`,
      '"*" would allow every host: list the hosts, or write a wildcard such as "*.example.com" for the hosts below a domain',
      (host) => host !== '*',
    ),
    rule(
      `!HOST.matches('${NUMERIC_TAIL}|${IPV6_START}')`,
      'is an IP address or ends in a number: for an address, use cidr with ports',
      (host) => !new RegExp(`${NUMERIC_TAIL}|${IPV6_START}`).test(host),
    ),
    rule(
      `HOST.contains('.')`,
      'has no dot: write the full DNS name of a host outside the mesh, or service: {name: ...} for a Service',
      (host) => host.includes('.'),
    ),
    rule(
      `HOST.matches('${HOST_PATTERN}')`,
      'is not a valid DNS name: write only the name, such as www.example.com or "*.example.com", without scheme, port, path or underscore; * only as the first label, with two or more labels after it; other alphabets in Punycode, such as xn--mnchen-3ya.de',
      (host) => new RegExp(HOST_PATTERN).test(host),
    ),
  ];
}

const CIDR_RULES: readonly SchemaRule<RawEntry>[] = [
  {
    cel: `!has(self.cidr) || isCIDR(self.cidr) || isIP(self.cidr)`,
    message: 'is not an IP address or CIDR range: write it like 203.0.113.7 or 203.0.113.0/24',
    field: 'cidr',
    holds: ({ cidr }) => cidr === undefined || !isParsed(cidr, 'malformed'),
  },
  {
    cel: `!has(self.cidr) || (isIP(self.cidr) ? !ip(self.cidr).isUnspecified() : (!isCIDR(self.cidr) || !cidr(self.cidr).masked().ip().isUnspecified()))`,
    message:
      'starts at 0.0.0.0 or ::, which Istio reads as every address, whatever the prefix length: list narrower ranges',
    field: 'cidr',
    holds: ({ cidr }) => cidr === undefined || !isParsed(cidr, 'everything'),
  },
];

function isParsed(cidr: string, problem: 'malformed' | 'everything'): boolean {
  const parsed = parseCidr(cidr);
  return !parsed.ok && parsed.error === problem;
}

export const CIDR_NEEDS_PORTS = 'cidr needs ports: add them, for example ports: [{port: 5432}]';

const PORT_RULES: readonly SchemaRule<RawEntry>[] = [
  {
    cel: `!has(self.cidr) || has(self.ports)`,
    message: CIDR_NEEDS_PORTS,
    holds: ({ cidr, ports }) => cidr === undefined || ports !== undefined,
  },
  {
    cel: `!has(self.ports) || has(self.host) || has(self.cidr) || self.ports.all(p, !has(p.protocol))`,
    message:
      'protocol is allowed with host only: remove it, since Istio takes the protocol from the Service or ServiceEntry',
    field: 'ports',
    holds: ({ host, cidr, ports = [] }) =>
      host !== undefined || cidr !== undefined || ports.every(({ protocol }) => protocol === undefined),
  },
  {
    cel: `!has(self.ports) || !has(self.cidr) || self.ports.all(p, !has(p.protocol) || p.protocol == 'TCP')`,
    message: 'a cidr is always called over TCP: remove protocol',
    field: 'ports',
    holds: ({ cidr, ports = [] }) =>
      cidr === undefined || ports.every(({ protocol }) => protocol === undefined || protocol === 'TCP'),
  },
  {
    cel: `!has(self.ports) || !has(self.host) || self.ports.all(p, has(p.protocol) || p.port in [80, 443])`,
    message: 'a port other than 443 and 80 needs a protocol: add protocol: TLS, HTTP, HTTP2, GRPC or TCP',
    field: 'ports',
    holds: ({ host, ports = [] }) =>
      host === undefined ||
      ports.every(({ port, protocol }) => protocol !== undefined || [80, 443].includes(port)),
  },
];

/** The plainest mistakes first: only the first broken rule of a field is reported. */
export const ENTRY_RULES: readonly SchemaRule<RawEntry>[] = [
  EXACTLY_ONE_KIND,
  ...hostRules('self.host', 'host', ({ host }) => host),
  ...hostRules('self.serviceEntry.host', 'serviceEntry', ({ serviceEntry }) => serviceEntry?.host),
  ...CIDR_RULES,
  ...PORT_RULES,
];
