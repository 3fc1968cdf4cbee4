// What one entry comes to, and the small pieces that every kind of entry makes it of.
import type { Diagnostic } from '../../domain/egress-intent/diagnostic.ts';
import type { Intent, Entry } from '../../domain/egress-intent/intent.ts';
import { leavesAddress, registryOfEntry, type RegistryHost } from '../../domain/istio/registered-host.ts';
import type { SettledSettings } from '../../domain/settings.ts';
import { allowedOf, type External, type Ports, type Target } from './grant.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';

/** What an entry comes to. Empty where it is refused. */
export type Answer = Partial<Registered> & {
  /** What only another intent makes possible. */
  readonly later?: Later;
  readonly findings?: readonly Finding[];
};

export type Registered = { readonly targets: readonly Target[]; readonly externals: readonly External[] };
export type Later = Registered & { readonly since: Intent };

/** A diagnostic before it is known which entry it is about. */
export type Finding = Diagnostic extends infer D
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
export function portFindings(title: string, host: RegistryHost, ports: Ports): readonly Finding[] {
  const missing =
    ports === 'every' ? [] : ports.filter((port) => !host.ports.some(({ number }) => number === port));
  return [
    ...(missing.length > 0 ? [{ code: 'PortNotServed', destination: title, ports: missing } as const] : []),
    ...addressFindings(title, host, ports),
  ];
}

/** The same of a host that a ServiceEntry registers. */
export function entryFindings(
  title: string,
  entry: LiveServiceEntry,
  host: string,
  ports: Ports,
  { dnsCapture }: Pick<SettledSettings, 'dnsCapture'>,
): readonly Finding[] {
  const known = registryOfEntry(entry.namespace, entry, dnsCapture).find((one) => one.host === host);
  return known === undefined ? [] : portFindings(title, known, ports);
}

/** Whether a forged name would lead the client to an address of its own choice. */
export function addressFindings(title: string, host: RegistryHost, ports: Ports): readonly Finding[] {
  return allowedOf(ports, host).some((port) => leavesAddress(host, port))
    ? [{ code: 'ClientChoosesAddress', destination: title }]
    : [];
}

export type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>;
