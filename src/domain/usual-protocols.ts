// What the usual port numbers carry whose connections begin with neither a TLS server name nor an HTTP request. Declared as TLS or HTTP,
// Envoy waits on them for what never comes. Source of the numbers: the registry of service names of IANA.
import type { HostPort } from './network.ts';

const SERVER_FIRST: ReadonlyMap<number, string> = new Map([
  [21, 'FTP'],
  [22, 'SSH'],
  [25, 'SMTP'],
  [110, 'POP3'],
  [119, 'NNTP'],
  [143, 'IMAP'],
  [587, 'SMTP with STARTTLS'],
  [2525, 'SMTP with STARTTLS'],
  [3306, 'MySQL'],
  [33060, 'MySQL'],
]);

/** The client begins, in a protocol of its own, and asks for TLS in it. */
const CLIENT_FIRST: ReadonlyMap<number, string> = new Map([
  [389, 'LDAP with STARTTLS'],
  [1433, 'SQL Server'],
  [1521, 'Oracle Database'],
  [5222, 'XMPP with STARTTLS'],
  [5432, 'PostgreSQL'],
]);

/**
 * Squid and its like are asked with CONNECT, which Envoy's HTTP listeners answer themselves. Other ports of proxies, such as 8080 and 8888,
 * carry plain HTTP as often.
 */
const CONNECT_PROXIES: ReadonlyMap<number, string> = new Map([
  [3128, 'the requests of an HTTP proxy (CONNECT)'],
]);

/** What the port usually carries, if the declared protocol would break it. */
export function brokenBy({ port, protocol }: HostPort): string | undefined {
  if (protocol === 'TCP') return undefined;
  return SERVER_FIRST.get(port) ?? CLIENT_FIRST.get(port) ?? CONNECT_PROXIES.get(port);
}
