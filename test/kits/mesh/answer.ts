// How a call of an app ends: with the response of a test server, or blocked. Only types and what reads them.

/**
 * The response of each test server: its name, the address that connected to it, and the Host header and the TLS server name
 * (SNI) that it received. The address is that of a pod: its own call and that of its sidecar look the same.
 */
export type Echo = {
  readonly server: string;
  readonly from: string;
  readonly host: string;
  readonly sni?: string;
};

/**
 * `certificate` is the common name of the server's certificate. A response that is not from a test server, such as
 * a 502 of Envoy, counts as blocked: `http-STATUS`. So does a call without a response: `closed`, `refused`, `timeout`.
 */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Echo; readonly certificate?: string }
  | { readonly kind: 'blocked'; readonly how: 'closed' | 'refused' | 'timeout' | `http-${number}` };

/** Parses the response of a test server. Returns undefined for any other text. */
export function echoOf(text: string): Echo | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'server' in value ? (value as Echo) : undefined;
  } catch {
    return undefined;
  }
}

/** True if the code of an error says that the other end closed the connection: where it has not read everything, it resets it. */
export const isClosedByPeer = (code: string | undefined): boolean =>
  code === 'ECONNRESET' || code === 'EPIPE';
