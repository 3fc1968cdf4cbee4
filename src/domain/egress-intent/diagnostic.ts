// What an intent's author or the platform team can mend. A diagnostic is a value: it never stops the compiler and is never
// retried; it ends as a condition or as a line of the CLI.
import type { Cidr, HostName } from '../network.ts';
import type { Labels } from '../labels.ts';
import type { Problem } from '../result.ts';

/**
 * Why a port that is granted cannot be had:
 * - `headless`: the ports of a headless Service cannot be singled out, nor those of a host with neither address nor protocol
 * - `udpPort`: Istio would take the UDP port of the same number
 * - `listenerConflict`: one Sidecar cannot say it beside these hosts, which are on the same port
 * - `duplicateHost`: Istio takes the host of one namespace only, and these have the same name
 */
export type ConflictReason =
  | { readonly kind: 'headless' }
  | { readonly kind: 'udpPort' }
  | { readonly kind: 'listenerConflict'; readonly hosts: readonly string[] }
  | { readonly kind: 'duplicateHost'; readonly hosts: readonly string[] };

type Finding =
  | { readonly code: 'InvalidIntent'; readonly problems: readonly Problem[] }
  | { readonly code: 'HostIsService'; readonly host: HostName }
  | {
      readonly code: 'ProtocolConflict';
      readonly host: HostName;
      /** Those that are refused. */
      readonly ports: readonly number[];
      /** The one that differs. */
      readonly port: number;
      readonly other: string;
    }
  | { readonly code: 'TcpHostNeedsAddress'; readonly host: HostName; readonly ports: readonly number[] }
  | { readonly code: 'ExternalNameLoop'; readonly service: string }
  | {
      readonly code: 'PortNotGranted';
      readonly host: string;
      readonly port: number;
      /** Of the pods that it is about: those with these labels. */
      readonly selector: Labels;
      readonly reason: ConflictReason;
    }
  | {
      readonly code: 'OlderGrantDisplaced';
      readonly host: string;
      /** Those that are refused; every one if absent. */
      readonly ports?: readonly number[];
      /** What would be displaced: `namespace/host`, its port, the intent that was granted it first, and for which pods. */
      readonly displaced: string;
      readonly port: number;
      readonly of: string;
      readonly selector: Labels;
    }
  | { readonly code: 'HostAlsoRegistered'; readonly host: HostName; readonly serviceEntry: string }
  | {
      readonly code: 'ServiceEntryShadowed';
      readonly host: string;
      readonly serviceEntry: string;
      /** Ours, which was there first. */
      readonly by: string;
      /** Those that lead nowhere. */
      readonly ports: readonly number[];
    }
  | { readonly code: 'CidrInCluster'; readonly cidr: Cidr; readonly clusterCidr: Cidr }
  | {
      readonly code: 'HostSpoofable';
      readonly destination: string;
      /** Why the version of Istio leaves no other way, if it does. */
      readonly reason?: string;
    }
  | { readonly code: 'NamespaceNotFound'; readonly namespace: string }
  | { readonly code: 'ServiceNotFound'; readonly service: string }
  | { readonly code: 'ServiceNotExported'; readonly service: string }
  | { readonly code: 'PortNotFound'; readonly destination: string; readonly ports: readonly number[] }
  | { readonly code: 'ExternalNameOutsideMesh'; readonly service: string; readonly host: string }
  | { readonly code: 'ServiceEntryNotFound'; readonly host: HostName; readonly namespace: string }
  | {
      readonly code: 'ServiceEntryNotExported';
      readonly host: HostName;
      readonly namespace: string;
      readonly serviceEntry: string;
    }
  /** `destination` is the host that calls are sent on to, with its port where the route names one. */
  | { readonly code: 'VirtualServiceReroutes'; readonly virtualService: string; readonly destination: string }
  | { readonly code: 'DestinationRulePassthrough'; readonly host: string; readonly destinationRule: string }
  | { readonly code: 'EnvoyFilterPresent'; readonly envoyFilter: string };

/** A finding about one intent; `entry` is the index in `allow` where it is about one entry. */
export type Diagnostic = Finding & { readonly intent: string; readonly entry?: number };
export type DiagnosticCode = Diagnostic['code'];

/**
 * `refused`: the entry, or the whole intent, is not in force. `unresolved`: the entry is in force as soon as what it names is
 * there. `overridden`: in force, but somebody's object makes more of it than was granted. `warning`: in force, but the reader
 * should know.
 */
export type Severity = 'refused' | 'unresolved' | 'overridden' | 'warning';

const SEVERITY = {
  InvalidIntent: 'refused',
  HostIsService: 'refused',
  ProtocolConflict: 'refused',
  TcpHostNeedsAddress: 'refused',
  ExternalNameLoop: 'refused',
  PortNotGranted: 'refused',
  OlderGrantDisplaced: 'refused',
  ServiceEntryShadowed: 'refused',
  HostAlsoRegistered: 'warning',
  CidrInCluster: 'warning',
  HostSpoofable: 'warning',
  NamespaceNotFound: 'unresolved',
  ServiceNotFound: 'unresolved',
  ServiceNotExported: 'unresolved',
  PortNotFound: 'unresolved',
  ExternalNameOutsideMesh: 'warning',
  ServiceEntryNotFound: 'unresolved',
  ServiceEntryNotExported: 'unresolved',
  VirtualServiceReroutes: 'overridden',
  DestinationRulePassthrough: 'overridden',
  EnvoyFilterPresent: 'warning',
} as const satisfies Record<DiagnosticCode, Severity>;

export const severityOf = (diagnostic: Diagnostic): Severity => SEVERITY[diagnostic.code];

/** Where the finding is in the object, as a path from its root. */
export function diagnosticPath(diagnostic: Diagnostic): readonly (string | number)[] {
  return diagnostic.entry === undefined ? ['spec'] : ['spec', 'allow', diagnostic.entry];
}
