// What an entry of an intent comes to, in Istio's words. The compiler's own currency: resolve mints it, register and merge pass
// it on, listener spends it.
import type { Intent } from '../../domain/egress-intent/intent.ts';
import type { Cidr, HostName, HostPort } from '../../domain/network.ts';
import type { RegisteredHost, RegisteredPort } from '../../domain/istio/registered-host.ts';
import { byEach, byKey, byNumber } from '../../domain/order.ts';

export type Ports = 'every' | readonly number[];

/** Those ports of a host that are among them. */
export const allowedPorts = (ports: Ports, host: RegisteredHost): readonly RegisteredPort[] =>
  ports === 'every' ? host.ports : host.ports.filter(({ number }) => ports.includes(number));

/** A host as a Sidecar lists it (`namespace/host`, or a pattern such as `namespace/*`), and the ports that may be called. */
export type Target = {
  readonly host: string;
  readonly ports: Ports;
  /** Other names of the host, to be listed wherever it is. */
  readonly aliases: readonly string[];
};

/** A destination outside the mesh for which we write a ServiceEntry. */
export type External =
  | { readonly kind: 'host'; readonly host: HostName; readonly ports: readonly HostPort[] }
  | { readonly kind: 'cidr'; readonly cidr: Cidr; readonly port: number };

/** One entry, resolved, or a part of it. An entry that is refused has neither targets nor externals. */
export type Grant = {
  readonly intent: Intent;
  readonly entry: number;
  /** The intent that made the grant possible, if that is younger; otherwise the intent itself. */
  readonly grantedSince: Intent;
  readonly targets: readonly Target[];
  readonly externals: readonly External[];
};

export const oldestIntentFirst = byEach<Intent>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ name }) => name),
);

type Aged = Pick<Grant, 'intent' | 'entry' | 'grantedSince'>;

/** Where two grants cannot both be had, the older one stays: the older intent, then the earlier entry. */
export const oldestGrantFirst = byEach<Aged>(
  (a, b) => oldestIntentFirst(a.grantedSince, b.grantedSince),
  (a, b) => oldestIntentFirst(a.intent, b.intent),
  byNumber(({ entry }) => entry),
);

export const isSameGrant = (a: Aged, b: Aged): boolean =>
  a.intent === b.intent && a.entry === b.entry && a.grantedSince === b.grantedSince;
