// Servers outside the mesh: what www.google.com and its like are in the tests.
import { startServer } from './app.ts';
import type { Authority } from './certificates.ts';
import type { Names } from './dns.ts';
import type { Network } from './network.ts';

export type ExternalOptions = {
  /** Its name in DNS and on its certificate; it is what the server calls itself. */
  readonly host: string;
  /** Further names of the same server. */
  readonly aliases?: readonly string[];
  /** Its address, any but 198.18.0.0/15. Default: one of 198.51.100.0/24. */
  readonly ip?: string;
  /** Where it serves HTTP. Default 80. */
  readonly ports?: readonly number[];
  /** Where it serves HTTP over TLS. Default 443. */
  readonly tlsPorts?: readonly number[];
};

export type External = {
  readonly host: string;
  readonly ip: string;
  /** Ends the server; its names still resolve, and nobody answers. */
  readonly kill: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

export type ExternalSite = {
  readonly network: Network;
  readonly names: Names;
  readonly authority: Authority;
  readonly folder: string;
};

/** Starts the server; its names resolve when this returns. */
export async function makeExternal(
  { network, names, authority, folder }: ExternalSite,
  {
    host,
    ip,
    aliases = [],
    ports = [80],
    tlsPorts = [443],
  }: Required<Pick<ExternalOptions, 'ip'>> & ExternalOptions,
): Promise<External> {
  const [place, keyPair] = await Promise.all([
    network.join(host, { ip, resolvConf: '' }),
    authority.issue([host, ...aliases, ip]),
  ]);
  const server = await startServer(folder, place, {
    name: host,
    ports,
    tls: { ports: tlsPorts, ...keyPair },
  });
  const known = [host, ...aliases];
  for (const name of known) await names.set(name, [ip]);
  return {
    host,
    ip,
    kill: server.kill,
    remove: async () => {
      for (const name of known) await names.set(name, []);
      await server.kill();
      await place.remove();
    },
  };
}
