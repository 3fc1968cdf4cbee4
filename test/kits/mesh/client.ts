// What an app in a pod does: it calls, with curl, and is answered or blocked.
import { flags, run } from '../control-plane/command.ts';
import { echoOf, type Answer } from './answer.ts';

export type Call = {
  /** The Host header, where it is not that of the URL. */
  readonly host?: string;
  /** The server name of TLS, where it is not that of the URL; the certificate is not checked then. */
  readonly sni?: string;
  /** Connects to this `HOST:PORT`, whatever the URL says. */
  readonly connectTo?: string;
  /** Default 3000. */
  readonly timeoutMs?: number;
};

/** By curl's exit codes. Source: its manual page, "Exit codes". */
const BLOCKED: ReadonlyMap<number, 'closed' | 'refused' | 'timeout'> = new Map([
  [7, 'refused'],
  [28, 'timeout'],
  [35, 'closed'], // during the TLS handshake
  [52, 'closed'], // before an answer
  [55, 'closed'], // while sending
  [56, 'closed'], // while receiving
]);

/**
 * Calls the URL from a network namespace, on a fresh connection; certificates must be of `authority` (a path).
 * Throws where curl says neither that it was answered nor that it was kept out, as for an unknown name.
 */
export async function get(netns: string, authority: string, url: string, call: Call = {}): Promise<Answer> {
  const { host, sni, timeoutMs = 3_000 } = call;
  const target = new URL(url);
  const endpoint = `${target.hostname}:${target.port || (target.protocol === 'https:' ? 443 : 80)}`;
  if (sni !== undefined) target.hostname = sni; // curl takes the server name from the URL
  const how = flags({
    silent: true,
    'show-error': true,
    noproxy: '*',
    'max-time': String(timeoutMs / 1000),
    cacert: authority,
    insecure: sni !== undefined,
    'connect-to': `::${call.connectTo ?? endpoint}`,
    header: host === undefined ? undefined : `Host: ${host}`,
    'write-out': '\n%{json}',
  });
  const { code, stdout, stderr } = await run('ip', ['netns', 'exec', netns, 'curl', ...how, target.href]);
  if (code === 0) return answerOf(stdout);
  const kept = BLOCKED.get(code);
  if (kept === undefined) throw new Error(`curl ${url}: exit code ${code}: ${stderr}`);
  return { kind: 'blocked', how: kept };
}

/** The body, and on the last line what curl itself has to say. */
function answerOf(stdout: string): Answer {
  const end = stdout.lastIndexOf('\n');
  const report = JSON.parse(stdout.slice(end + 1)) as { readonly http_code: number; readonly certs?: string };
  const body = echoOf(stdout.slice(0, end));
  if (body === undefined) return { kind: 'blocked', how: `http-${report.http_code}` };
  const certificate = /^Subject:.*?CN\s*=\s*(?<name>[^\n,]+)/m.exec(report.certs ?? '')?.groups?.['name'];
  return {
    kind: 'answered',
    status: report.http_code,
    body,
    ...(certificate === undefined ? {} : { certificate }),
  };
}
