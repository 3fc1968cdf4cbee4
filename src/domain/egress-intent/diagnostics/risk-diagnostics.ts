// Diagnostics of what is in force, though its author should know of a risk or a likely mistake.
import { normalisedHost, type HostName, type Protocol } from '../../network.ts';
import { PAUSED } from '../brake-annotations.ts';
import { hostEntryText, row } from '../diagnostic-row.ts';

export const RISK_DIAGNOSTICS = {
  PauseUnknown: row<{
    readonly value: string;
    /** Present where a Namespace has the annotation, not the intent. */
    readonly namespace?: string;
  }>({
    severity: 'warning',
    message: ({ value, namespace }) =>
      `the annotation ${PAUSED}: ${JSON.stringify(value)} of ${namespace === undefined ? 'this intent' : `Namespace ${namespace}`} pauses nothing, since it is neither true nor false: write "true" to pause ${namespace === undefined ? 'it' : 'all its intents'}, or remove the annotation`,
    documentation: {
      meaning:
        'The annotation by which an intent or a namespace is paused has a value that is neither true nor false, so nothing is paused: the controller goes on writing.',
      remedy: 'Set the annotation to `"true"`, in quotes, or remove it.',
    },
    examples: [{ value: 'yes' }, { value: 'yes', namespace: 'shop' }],
  }),
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
