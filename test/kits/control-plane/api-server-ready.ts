// Waits until an API server is ready.
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { whenReady, type Child } from './child.ts';

export type Access = {
  readonly url: string;
  /** The path of the certificate of its authority, which the server makes. */
  readonly certificate: string;
  readonly token: string;
};

/** Waits for /readyz and for the namespace `default`, which the server creates a moment later. */
export async function untilReady(api: Child, { url, certificate, token }: Access): Promise<void> {
  const answers = async (path: string, ca: string): Promise<boolean> => {
    const dispatcher = new Agent({ connect: { ca } });
    try {
      const options = { dispatcher, headers: { authorization: `Bearer ${token}` }, headersTimeout: 2_000 };
      const { statusCode, body } = await request(`${url}${path}`, options);
      await body.dump();
      return statusCode === 200;
    } finally {
      await dispatcher.close();
    }
  };
  await whenReady(api, async () => {
    const ca = await readFile(certificate, 'utf8');
    return (await answers('/readyz', ca)) && (await answers('/api/v1/namespaces/default', ca));
  });
}
