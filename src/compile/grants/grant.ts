// Grants: the resolved entries of intents, and which of two is older.
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../../domain/egress-intent/intent.ts';
import type { RegisteredHost, RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { Cidr, HostName, HostPort } from '../../domain/network.ts';
import { byEach, byKey, byNumber } from '../../domain/order.ts';

export type Ports = 'every' | readonly number[];

/** The ports of a host that are among `ports`. */
export const allowedPorts = (ports: Ports, host: RegisteredHost): readonly RegisteredPort[] =>
  ports === 'every' ? host.ports : host.ports.filter(({ number }) => ports.includes(number));

/** A host as a Sidecar lists it (`namespace/host`, or a wildcard such as `namespace/*`), and the ports that may be called. */
export type Target = {
  readonly host: string;
  readonly ports: Ports;
  /** Further names of the host, listed wherever the host is. */
  readonly aliases: readonly string[];
  /** True for ports that no entry names with their protocol: where a port cannot have all of its hosts, these give way to the others. */
  readonly givesWay?: true;
};

/** A destination outside the mesh that needs a managed ServiceEntry. */
export type External =
  | { readonly kind: 'host'; readonly host: HostName; readonly ports: readonly HostPort[] }
  | {
      readonly kind: 'cidr';
      readonly cidr: Cidr;
      readonly port: number;
      /** The host that registers it: `cidrHosts`. */
      readonly host: string;
    };

/** One `allow` entry, or a part of it, resolved to the hosts and ports that a Sidecar must list. */
export type Grant = {
  readonly intent: Intent;
  /** Index in `allow`. */
  readonly entry: number;
  /**
   * The intent whose age is the age of the grant. Usually that of the entry; a younger one where the entry depends on it, as a TCP host without an
   * address depends on a namespace default that restricts every pod.
   */
  readonly grantedSince: Intent;
  readonly targets: readonly Target[];
  readonly externals: readonly External[];
};

/** The outcome of a rule: the grants that it accepts, and why it refuses the others. A port that one scope cannot have is a `PortConflict`. */
export type Admission = {
  readonly accepted: readonly Grant[];
  /** One for each entry, or ports of an entry, that is not in force. */
  readonly refused: readonly Diagnostic[];
};

export const oldestIntentFirst = byEach<Intent>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ name }) => name),
);

type GrantIdentity = Pick<Grant, 'intent' | 'entry' | 'grantedSince'>;

/** Where two grants exclude each other the older one stays: that of the older intent, then that of the earlier entry. */
export const oldestGrantFirst = byEach<GrantIdentity>(
  (a, b) => oldestIntentFirst(a.grantedSince, b.grantedSince),
  (a, b) => oldestIntentFirst(a.intent, b.intent),
  byNumber(({ entry }) => entry),
);

/** The entry of a grant, as diagnostics name it. */
export const entryOf = ({ intent, entry }: Grant): { readonly intent: string; readonly entry: number } => ({
  intent: intent.name,
  entry,
});
