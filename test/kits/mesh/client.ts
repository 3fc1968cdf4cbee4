// One call of an app in a pod, with curl from the pod's network namespace.
import { flags, run } from '../control-plane/command.ts';
import { echoOf, type Answer } from './answer.ts';

export type Call = {
  /** The Host header. Default: the host of the URL. */
  readonly host?: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The TLS server name. Default: the host of the URL. If set, the certificate is not verified. */
  readonly sni?: string;
  /** Connects to this `HOST:PORT` instead of that of the URL. */
  readonly connectTo?: string;
  /** In milliseconds. Default 3000. */
  readonly timeoutMs?: number;
};

/** The meaning of curl's exit codes. Source: manual page of curl, "Exit codes". */
const BLOCKED: ReadonlyMap<number, 'closed' | 'refused' | 'timeout'> = new Map([
  [7, 'refused'],
  [28, 'timeout'],
  [35, 'closed'], // during the TLS handshake
  [52, 'closed'], // before an answer
  [55, 'closed'], // while sending
  [56, 'closed'], // while receiving
]);

/**
 * Calls the URL from a network namespace, on a new connection. `authority` is the path of the certificate authority.
 * Throws for every other failure than a blocked call, such as a name that does not resolve.
 */
export async function get(netns: string, authority: string, url: string, call: Call = {}): Promise<Answer> {
  const { host, headers = {}, sni, timeoutMs = 3_000 } = call;
  const target = new URL(url);
  const endpoint = `${target.hostname}:${target.port || (target.protocol === 'https:' ? 443 : 80)}`;
  if (sni !== undefined) target.hostname = sni; // curl takes the server name from the URL
  const options = flags({
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
  const more = Object.entries(headers).flatMap(([name, value]) => flags({ header: `${name}: ${value}` }));
  const command = ['netns', 'exec', netns, 'curl', ...options, ...more, target.href];
  const { code, stdout, stderr } = await run('ip', command);
  if (code === 0) return answerOf(stdout);
  const how = BLOCKED.get(code);
  if (how === undefined) throw new Error(`curl ${url}: exit code ${code}: ${stderr}`);
  return { kind: 'blocked', how };
}

/** Standard output is the body of the response and, on the last line, curl's report. */
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
