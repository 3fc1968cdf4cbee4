// How a call of an app ends: what a server of the test says, or in which way the call was kept from it.

/** What each server of the test answers: who it is, and the Host header and TLS server name that it saw. */
export type Echo = { readonly server: string; readonly host: string; readonly sni?: string };

/**
 * `certificate` is the common name of the server's certificate. What is not from a server of the test, such as
 * Envoy's own 502, counts as blocked: `closed` without an answer, `refused`, `timeout`, or `http-STATUS`.
 */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Echo; readonly certificate?: string }
  | { readonly kind: 'blocked'; readonly how: 'closed' | 'refused' | 'timeout' | `http-${number}` };

/** The words of a server of the test, or undefined for those of anybody else. */
export function echoOf(text: string): Echo | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'server' in value ? (value as Echo) : undefined;
  } catch {
    return undefined;
  }
}
