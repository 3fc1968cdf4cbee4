// What one entry comes to, and the small pieces that every kind of entry makes it of.
import type { Diagnostic } from '../../domain/egress-intent/diagnostic.ts';
import type { Intent, AllowEntry } from '../../domain/egress-intent/intent.ts';
import { isSpoofable, hostsOfServiceEntry, type RegisteredHost } from '../../domain/istio/registered-host.ts';
import type { EffectiveSettings } from '../../domain/settings.ts';
import { allowedPorts, type External, type Ports, type Target } from './grant.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';

/** What an entry comes to. Empty where it is refused. */
export type EntryResolution = Partial<GrantedHosts> & {
  /** What only another intent makes possible. */
  readonly later?: Later;
  readonly diagnostics?: readonly EntryDiagnostic[];
};

export type GrantedHosts = { readonly targets: readonly Target[]; readonly externals: readonly External[] };
export type Later = GrantedHosts & { readonly since: Intent };

/** A diagnostic before it is known which entry it is about. */
export type EntryDiagnostic = Diagnostic extends infer D
  ? D extends Diagnostic
    ? Omit<D, 'intent' | 'entry'>
    : never
  : never;

export const target = (host: string, ports: Ports, aliases: readonly string[] = []): Target => ({
  host,
  ports,
  aliases,
});

/** What the author should know of the ports of a destination that exists. */
export function portDiagnostics(
  title: string,
  host: RegisteredHost,
  ports: Ports,
): readonly EntryDiagnostic[] {
  const missing =
    ports === 'every' ? [] : ports.filter((port) => !host.ports.some(({ number }) => number === port));
  return [
    ...(missing.length > 0 ? [{ code: 'PortNotFound', destination: title, ports: missing } as const] : []),
    ...spoofableDiagnostics(title, host, ports),
  ];
}

/** The same of a host that a ServiceEntry registers. */
export function serviceEntryDiagnostics(
  title: string,
  entry: LiveServiceEntry,
  host: string,
  ports: Ports,
  { dnsCapture }: Pick<EffectiveSettings, 'dnsCapture'>,
): readonly EntryDiagnostic[] {
  const known = hostsOfServiceEntry(entry.namespace, entry, dnsCapture).find((one) => one.host === host);
  return known === undefined ? [] : portDiagnostics(title, known, ports);
}

/** Whether a forged name would lead the client to an address of its own choice. */
export function spoofableDiagnostics(
  title: string,
  host: RegisteredHost,
  ports: Ports,
): readonly EntryDiagnostic[] {
  return allowedPorts(ports, host).some((port) => isSpoofable(host, port))
    ? [{ code: 'HostSpoofable', destination: title }]
    : [];
}

export type EntryOf<K extends AllowEntry['kind']> = Extract<AllowEntry, { kind: K }>;
