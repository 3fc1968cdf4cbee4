// A random world as data: one namespace with intents, and the Services, ServiceEntries, Sidecars and routing around it. Plain JSON, so
// that a failing world can be stored in a file.
import type { KubeObject } from '../support/cluster.ts';

export type Labels = Readonly<Record<string, string>>;
export type PortSpec = { readonly number: number; readonly name: string; readonly protocol?: 'UDP' };
export type ServiceSpec = {
  readonly namespace: string;
  readonly name: string;
  readonly kind: 'cluster-ip' | 'headless' | 'external-name';
  readonly ports: readonly PortSpec[];
  /** Used by kind `external-name` only. */
  readonly externalName: string;
  /** The annotation networking.istio.io/exportTo; empty means absent. */
  readonly exportTo: string;
};
/** A foreign ServiceEntry. */
export type ServiceEntrySpec = {
  readonly namespace: string;
  readonly host: string;
  /** Further hosts of the same ServiceEntry. */
  readonly moreHosts?: readonly string[];
  /** `one`, `several` and `range` differ from ServiceEntry to ServiceEntry; `granted` is in a range that intents grant. */
  readonly addresses: 'none' | 'one' | 'several' | 'range' | 'granted';
  /** `STATIC` has one private endpoint, which differs from ServiceEntry to ServiceEntry. */
  readonly resolution: 'DNS' | 'NONE' | 'STATIC';
  readonly ports: readonly {
    readonly number: number;
    readonly protocol: string;
    readonly targetPort?: number;
  }[];
  readonly exportTo: readonly string[];
  /** Created before the managed objects, or after them. */
  readonly older: boolean;
};
/** A foreign Sidecar in the namespace of the intents. */
export type SidecarSpec = { readonly selector: Labels | undefined; readonly older: boolean };
export type IntentSpec = {
  readonly selector: Labels;
  readonly mode: 'Enforce' | 'Audit';
  readonly allow: readonly unknown[];
};
export type WorldSpec = {
  readonly istioVersion: string;
  readonly dnsCapture: boolean;
  /** Whether kube-dns is a platform host, which every restricted pod may call. */
  readonly dnsAllowed: boolean;
  readonly services: readonly ServiceSpec[];
  readonly serviceEntries: readonly ServiceEntrySpec[];
  readonly sidecars: readonly SidecarSpec[];
  readonly intents: readonly IntentSpec[];
  readonly pods: readonly Labels[];
  /** MeshConfig's default of exportTo for objects without one; empty means every namespace. */
  readonly exportToByDefault: readonly string[];
  /** The namespaces of `--trusted-namespace`; default none. */
  readonly trusted?: readonly string[];
  /** Foreign VirtualServices and DestinationRules; most worlds have none. */
  readonly routing?: readonly KubeObject[];
};

/** Every host that the ServiceEntry registers. */
export const hostsOf = ({ host, moreHosts = [] }: ServiceEntrySpec): readonly string[] => [
  host,
  ...moreHosts,
];

/** True if a Sidecar for this version may exclude a host of a namespace that it lists. */
export const canExclude = ({ istioVersion }: WorldSpec): boolean => isFrom131(istioVersion);

/** True if a Sidecar leaves the whole routes of an Istio of this version as they are; before, it changes details such as names. */
export const hasWholeRoutes = ({ istioVersion }: WorldSpec): boolean => isFrom131(istioVersion);

const isFrom131 = (version: string): boolean => version !== '1.30' && version !== '1.28';

/** Hosts that a ServiceEntry may register, and that Istio's webhook refuses in a Sidecar. */
export const UNNAMEABLE_HOSTS = ['vmdb', '*-api.partner.com'] as const;

/** The namespace of the intents and of their pods. */
export const SHOP = 'shop';
export const OTHER_NAMESPACES = ['pay', 'cat'] as const;
export const NAMESPACES = [SHOP, ...OTHER_NAMESPACES] as const;

export type PortClass = 'http' | 'tls' | 'tcp' | 'auto';

/** The protocol that Istio reads from a port's name, the part before the first dash. It sniffs the protocol of any other name. */
const CLASS_OF_NAME: Readonly<Record<string, PortClass>> = {
  http: 'http',
  'grpc-a': 'http',
  https: 'tls',
  tls: 'tls',
  'tls-z': 'tls',
  tcp: 'tcp',
  'tcp-x': 'tcp',
  'tcp-y': 'tcp',
  'tcp-pg': 'tcp',
  mysql: 'tcp',
  redis: 'tcp',
  postgres: 'auto',
  '': 'auto',
};
export const classOfName = (name: string): PortClass => CLASS_OF_NAME[name] ?? 'auto';

/** Outside hosts, some of them below the wildcards. */
export const HOSTS = ['a.ext.com', 'b.ext.com', 'x.a.ext.com', 'ext.com', 'other.org'] as const;
export const WILDCARDS = ['*.ext.com', '*.a.ext.com'] as const;
