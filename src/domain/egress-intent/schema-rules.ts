// What an entry of `allow` must obey beyond the types of its fields: each rule in CEL and in TypeScript, with the message that
// the user reads.
import { HOST_PATTERN, NUMERIC_TAIL, parseCidr } from '../network.ts';
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

/** Istio's proxy listens on these itself. Source: istio.io/latest/docs/ops/deployment/application-requirements. */
const RESERVED = { first: 15000, last: 15090 } as const;

export const RESERVED_PORT_RULE: SchemaRule<RawPort> = {
  cel: `self.port < ${RESERVED.first} || self.port > ${RESERVED.last}`,
  message: `ports ${RESERVED.first} to ${RESERVED.last} are Istio's own: the proxy listens on them, so no call through it can use them`,
  field: 'port',
  holds: ({ port }) => port < RESERVED.first || port > RESERVED.last,
};

/** CEL reserves the word namespace; Kubernetes escapes such a field with underscores. */
const celField = (kind: string): string => (kind === 'namespace' ? 'self.__namespace__' : `self.${kind}`);

const EXACTLY_ONE_KIND: SchemaRule<RawEntry> = {
  cel: `[${DESTINATION_KINDS.map((kind) => `has(${celField(kind)})`).join(', ')}].filter(x, x).size() == 1`,
  message: `an entry is exactly one of ${DESTINATION_KINDS.join(', ')}: split it, or add what is missing`,
  holds: (entry) => DESTINATION_KINDS.filter((kind) => entry[kind] !== undefined).length === 1,
};

/** The rules of a host name that stands at a field of the entry. */
function hostRules(
  at: string,
  field: 'host' | 'serviceEntry',
  read: (entry: RawEntry) => string | undefined,
): readonly SchemaRule<RawEntry>[] {
  const rule = (cel: string, message: string, holds: (host: string) => boolean): SchemaRule<RawEntry> => ({
    cel: `!has(self.${field}) || ${cel.replaceAll('HOST', at)}`,
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
      '"*" would open every host: list the hosts, or *.example.com for all below one domain',
      (host) => host !== '*',
    ),
    rule(
      `!HOST.matches('${NUMERIC_TAIL}')`,
      'is an IP address or ends in a number: write an address as cidr, with its ports',
      (host) => !new RegExp(NUMERIC_TAIL).test(host),
    ),
    rule(
      `HOST.contains('.')`,
      'has no dot: write the full name of a host outside the mesh, or service: {name: ...} for a Service',
      (host) => host.includes('.'),
    ),
    rule(
      `HOST.matches('${HOST_PATTERN}')`,
      'is no DNS name: write only the name, such as www.example.com (no scheme, port, path or underscore; * only as the first label)',
      (host) => new RegExp(HOST_PATTERN).test(host),
    ),
  ];
}

const CIDR_RULES: readonly SchemaRule<RawEntry>[] = [
  {
    cel: `!has(self.cidr) || isCIDR(self.cidr) || isIP(self.cidr)`,
    message: 'is neither an IP address nor a range: write it such as 203.0.113.0/24 or 203.0.113.7',
    field: 'cidr',
    holds: ({ cidr }) => cidr === undefined || !isParsed(cidr, 'malformed'),
  },
  {
    cel: `!has(self.cidr) || (isIP(self.cidr) ? !ip(self.cidr).isUnspecified() : (!isCIDR(self.cidr) || !cidr(self.cidr).masked().ip().isUnspecified()))`,
    message:
      'starts at 0.0.0.0 or ::, which Istio reads as every address whatever its length: list narrower ranges',
    field: 'cidr',
    holds: ({ cidr }) => cidr === undefined || !isParsed(cidr, 'everything'),
  },
];

function isParsed(cidr: string, problem: 'malformed' | 'everything'): boolean {
  const parsed = parseCidr(cidr);
  return !parsed.ok && parsed.error === problem;
}

const PORT_RULES: readonly SchemaRule<RawEntry>[] = [
  {
    cel: `!has(self.cidr) || has(self.ports)`,
    message: 'a cidr needs its ports: list them, such as ports: [{port: 5432}]',
    holds: ({ cidr, ports }) => cidr === undefined || ports !== undefined,
  },
  {
    cel: `!has(self.ports) || has(self.host) || has(self.cidr) || self.ports.all(p, !has(p.protocol))`,
    message: 'protocol goes with host only: of anything in the cluster Istio knows it from the Service',
    field: 'ports',
    holds: ({ host, cidr, ports = [] }) =>
      host !== undefined || cidr !== undefined || ports.every(({ protocol }) => protocol === undefined),
  },
  {
    cel: `!has(self.ports) || !has(self.cidr) || self.ports.all(p, !has(p.protocol) || p.protocol == 'TCP')`,
    message: 'a cidr is called over TCP, which carries everything else: omit protocol',
    field: 'ports',
    holds: ({ cidr, ports = [] }) =>
      cidr === undefined || ports.every(({ protocol }) => protocol === undefined || protocol === 'TCP'),
  },
  {
    cel: `!has(self.ports) || !has(self.host) || self.ports.all(p, has(p.protocol) || p.port in [80, 443])`,
    message: 'a port other than 443 and 80 needs its protocol: add protocol: TLS, HTTP, HTTP2, GRPC or TCP',
    field: 'ports',
    holds: ({ host, ports = [] }) =>
      host === undefined ||
      ports.every(({ port, protocol }) => protocol !== undefined || [80, 443].includes(port)),
  },
];

/** In the order in which a person would want to hear of them. */
export const ENTRY_RULES: readonly SchemaRule<RawEntry>[] = [
  EXACTLY_ONE_KIND,
  ...hostRules('self.host', 'host', ({ host }) => host),
  ...hostRules('self.serviceEntry.host', 'serviceEntry', ({ serviceEntry }) => serviceEntry?.host),
  ...CIDR_RULES,
  ...PORT_RULES,
];
