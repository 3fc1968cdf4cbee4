// What a random world holds: one namespace with intents, and around it Services, ServiceEntries and Sidecars of all sorts.
import type { KubeObject } from '../support/cluster.ts';

export type Labels = Readonly<Record<string, string>>;
export type PortSpec = { readonly number: number; readonly name: string; readonly protocol?: 'UDP' };
export type ServiceSpec = {
  readonly namespace: string;
  readonly name: string;
  readonly kind: 'cluster-ip' | 'headless' | 'external-name';
  readonly ports: readonly PortSpec[];
  /** Of an ExternalName. */
  readonly externalName: string;
  readonly exportTo: string;
};
export type EntrySpec = {
  readonly namespace: string;
  readonly host: string;
  /** Each entry has an address or a range of its own. */
  readonly addresses: 'none' | 'one' | 'range';
  readonly resolution: 'DNS' | 'NONE';
  readonly ports: readonly { readonly number: number; readonly protocol: string }[];
  readonly exportTo: readonly string[];
  /** Before our own objects, or after them. */
  readonly older: boolean;
};
export type SidecarSpec = { readonly selector: Labels | undefined; readonly older: boolean };
export type WorldIntent = {
  readonly selector: Labels;
  readonly mode: 'Enforce' | 'Audit';
  readonly allow: readonly unknown[];
};
export type WorldSpec = {
  readonly istioVersion: string;
  readonly dnsCapture: boolean;
  /** Whether every closed pod may call kube-dns. */
  readonly dnsAllowed: boolean;
  readonly services: readonly ServiceSpec[];
  readonly entries: readonly EntrySpec[];
  readonly sidecars: readonly SidecarSpec[];
  readonly intents: readonly WorldIntent[];
  readonly pods: readonly Labels[];
  /** Who may see what does not say; everybody, if empty. */
  readonly exportToByDefault: readonly string[];
  /** VirtualServices and DestinationRules of others; most worlds have none. */
  readonly routing?: readonly KubeObject[];
};

/** The namespace that the intents are in, and the others. */
export const OWN = 'shop';
export const OTHERS = ['pay', 'cat'] as const;
export const NAMESPACES = [OWN, ...OTHERS] as const;

export type PortClass = 'http' | 'tls' | 'tcp' | 'auto';

/** What Istio makes of a port's name: the part before the first dash says it, and what it does not know is sniffed. */
const NAMES: Readonly<Record<string, PortClass>> = {
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
export const classOfName = (name: string): PortClass => NAMES[name] ?? 'auto';

/** Hosts outside, some of them below the wildcards. */
export const HOSTS = ['a.ext.com', 'b.ext.com', 'x.a.ext.com', 'ext.com', 'other.org'] as const;
export const WILDCARDS = ['*.ext.com', '*.a.ext.com'] as const;
