// A certificate authority for the external test servers, made with openssl.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flags, mustRun } from '../control-plane/command.ts';

export type Authority = {
  /** The path of the authority's certificate (PEM). */
  readonly certificate: string;
  /** Makes a key and a certificate for these names; the first is the CN. Returns the PEM texts. */
  readonly issue: (names: readonly [string, ...string[]]) => Promise<KeyPair>;
};

export type KeyPair = { readonly key: string; readonly certificate: string };

// Replaces the system's configuration, which may add extensions that conflict with these.
const CONFIG = `[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
[leaf]
basicConstraints = critical, CA:FALSE
`;

const NEW_KEY = { newkey: 'ec', pkeyopt: 'ec_paramgen_curve:prime256v1', noenc: true, days: '2' } as const;

/** Makes the authority. Writes its files, and those of what it issues, into the folder. */
export async function makeAuthority(folder: string): Promise<Authority> {
  const [config, key, certificate] = ['openssl.cnf', 'ca.key', 'ca.crt'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeFile(config, CONFIG);
  const make = (how: Readonly<Record<string, string>>): Promise<string> =>
    mustRun('openssl', ['req', '-x509', ...flags({ ...NEW_KEY, config, ...how }, '-')]);
  await make({ extensions: 'ca', subj: '/CN=test authority', keyout: key, out: certificate });
  return {
    certificate,
    issue: async (names) => {
      const [keyFile, certificateFile] = [join(folder, `${names[0]}.key`), join(folder, `${names[0]}.crt`)];
      await make({
        extensions: 'leaf',
        subj: `/CN=${names[0]}`,
        addext: `subjectAltName=${names.map(alternative).join(',')}`,
        CA: certificate,
        CAkey: key,
        keyout: keyFile,
        out: certificateFile,
      });
      return { key: await readFile(keyFile, 'utf8'), certificate: await readFile(certificateFile, 'utf8') };
    },
  };
}

function alternative(name: string): string {
  return /^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`;
}
