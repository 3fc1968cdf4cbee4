// Servers outside the mesh, which the tests call www.google.com and the like.
import { startServer } from './start-server.ts';
import type { Authority } from './certificates.ts';
import type { Names } from './dns.ts';
import type { Network } from './network.ts';

export type ExternalOptions = {
  /** Its name in DNS, in its certificate and in its responses. */
  readonly host: string;
  /** More names of the same server. */
  readonly aliases?: readonly string[];
  /** Its address, not in 198.18.0.0/15. Default: one of 198.51.100.0/24. */
  readonly ip?: string;
  /** The ports on which it serves HTTP. Default 80. */
  readonly ports?: readonly number[];
  /** The ports on which it serves HTTP over TLS. Default 443. */
  readonly tlsPorts?: readonly number[];
};

export type External = {
  readonly host: string;
  readonly ip: string;
  /** Ends the server. Its names still resolve. */
  readonly kill: () => Promise<void>;
  /** Ends the server and removes its names and its network namespace. */
  readonly remove: () => Promise<void>;
};

export type ExternalContext = {
  readonly network: Network;
  readonly names: Names;
  readonly authority: Authority;
  readonly folder: string;
};

/** Starts the server. Its names resolve when this returns. */
export async function makeExternal(
  { network, names, authority, folder }: ExternalContext,
  {
    host,
    ip,
    aliases = [],
    ports = [80],
    tlsPorts = [443],
  }: Required<Pick<ExternalOptions, 'ip'>> & ExternalOptions,
): Promise<External> {
  const [netHost, keyPair] = await Promise.all([
    network.join(host, { ip, resolvConf: '' }),
    authority.issue([host, ...aliases, ip]),
  ]);
  const server = await startServer(folder, netHost, {
    name: host,
    ports,
    tls: { ports: tlsPorts, ...keyPair },
  });
  const hostnames = [host, ...aliases];
  for (const name of hostnames) await names.set(name, [ip]);
  return {
    host,
    ip,
    kill: server.kill,
    remove: async () => {
      for (const name of hostnames) await names.set(name, []);
      await server.kill();
      await netHost.remove();
    },
  };
}
