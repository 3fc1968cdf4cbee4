// A KubeConfig whose requests share connections. The library makes a new TLS connection for every request.
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { KubeConfig, type DispatcherOptions, type RequestContext } from '@kubernetes/client-node';
import { Agent } from 'undici';
import { z } from 'zod';

const CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;
/** How long a token is used before its file is read again, in ms. */
const TOKEN_MS = 60_000;

/** As the library loads the service account of a pod. */
const TokenFile = z.object({ config: z.object({ tokenFile: z.string() }) });

/**
 * One pool for each set of TLS material, so that a rotated certificate gets a new one. HTTP/1.1 only: a black-holed HTTP/2
 * connection of undici 8 never recovers, since its unanswered pings are not looked at. A class, because the library's own
 * seam is an overridden method.
 */
export class PooledKubeConfig extends KubeConfig {
  #tls: Readonly<Record<string, unknown>> = {};
  #pool: Agent | undefined;
  #seen: DispatcherOptions = { type: 'none' };
  #token: { readonly text: string; readonly readAt: number } | undefined;
  readonly #headersTimeoutMs: number;

  constructor(headersTimeoutMs: number) {
    super();
    this.#headersTimeoutMs = headersTimeoutMs;
  }

  override createDispatcherOptions(
    ...args: Parameters<KubeConfig['createDispatcherOptions']>
  ): DispatcherOptions {
    const options = super.createDispatcherOptions(...args);
    if (options.type === 'proxy' || options.type === 'socks') return options;
    this.#seen = options;
    return { type: 'none' };
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const file = TokenFile.safeParse(this.getCurrentUser()?.authProvider).data?.config.tokenFile;
    if (file !== undefined) context.setHeaderParam('Authorization', `Bearer ${await this.#tokenOf(file)}`);
    if (context.getDispatcher() === undefined) context.setDispatcher(this.#agent());
  }

  /** To be called when the API server does not accept the token: the next request reads its file again. */
  forgetToken(): void {
    this.#token = undefined;
  }

  /** Closes every connection. Requests in flight fail. */
  async close(): Promise<void> {
    await this.#pool?.destroy();
  }

  /** The library reads the file once a minute only, and would send a token that is not valid any more until then. */
  async #tokenOf(file: string): Promise<string> {
    const isOld = this.#token === undefined || performance.now() - this.#token.readAt > TOKEN_MS;
    const token = isOld
      ? { text: (await readFile(file, 'utf8')).trim(), readAt: performance.now() }
      : this.#token;
    this.#token = token;
    return token?.text ?? '';
  }

  #agent(): Agent {
    const connect = this.#seen.type === 'agent' ? this.#seen.connect : {};
    const tls = Object.fromEntries(Object.entries(connect).filter(([, value]) => value !== undefined));
    // Bytes are compared, not hashed: this runs for every request.
    if (this.#pool === undefined || !isDeepStrictEqual(tls, this.#tls)) {
      void this.#pool?.close();
      this.#tls = tls;
      this.#pool = new Agent({
        allowH2: false,
        connections: CONNECTIONS,
        headersTimeout: this.#headersTimeoutMs,
        bodyTimeout: 0,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connect: { ...tls, timeout: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelay: 30_000 },
      });
    }
    return this.#pool;
  }
}
