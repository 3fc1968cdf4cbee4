// The client of loop.ts, run as a process in a pod's network namespace:
//     node traffic.ts CONFIG_FILE
// It appends a `CallRecord` as a JSON line for each call. It ends at the first call that is neither answered nor
// blocked, such as one to a name that does not resolve.
import { openSync, readFileSync, writeSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { echoOf, isClosedByPeer, type Answer } from './answer.ts';

export type TrafficConfig = {
  /** The path of the file to which call records are appended. */
  readonly records: string;
  readonly urls: readonly string[];
  /** True: one connection for each URL, kept open. False: a new connection for each call. */
  readonly keepAlive: boolean;
  /** The pause after each call to a URL, in milliseconds. */
  readonly pauseMs: number;
  /** The PEM text of the certificate authority. */
  readonly authority: string;
};

/** `at` is the start of the call, in milliseconds since 1970; `tookMs` is its duration in milliseconds. */
export type CallRecord = {
  readonly at: number;
  readonly tookMs: number;
  readonly url: string;
  readonly answer: Answer;
};

const TIMEOUT_MS = 3_000;
const [configFile = ''] = process.argv.slice(2);
if (configFile !== '') await run(JSON.parse(readFileSync(configFile, 'utf8')) as TrafficConfig);

async function run({ records, urls, keepAlive, pauseMs, authority }: TrafficConfig): Promise<void> {
  const file = openSync(records, 'a');
  await Promise.all(
    urls.map(async (url) => {
      const agent = url.startsWith('https:')
        ? new HttpsAgent({ keepAlive, maxSockets: 1, ca: authority })
        : new HttpAgent({ keepAlive, maxSockets: 1 });
      for (;;) {
        const at = Date.now();
        const answer = await call(url, agent);
        const record: CallRecord = { at, tookMs: Date.now() - at, url, answer };
        writeSync(file, `${JSON.stringify(record)}\n`);
        await sleep(pauseMs);
      }
    }),
  );
}

async function call(url: string, agent: HttpAgent | HttpsAgent): Promise<Answer> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(url, { agent, timeout: TIMEOUT_MS }, resolve);
      sent.on('timeout', () => sent.destroy(new Error('timeout')));
      sent.on('error', reject);
      sent.end();
    });
    const body = echoOf(await text(response));
    const status = response.statusCode ?? 0;
    return body === undefined
      ? { kind: 'blocked', how: `http-${status}` }
      : { kind: 'answered', status, body };
  } catch (error) {
    return { kind: 'blocked', how: howOf(error) };
  }
}

function howOf(error: unknown): 'closed' | 'refused' | 'timeout' {
  const { message, code } = error as { readonly message: string; readonly code?: string };
  if (message === 'timeout') return 'timeout';
  if (code === 'ECONNREFUSED') return 'refused';
  if (isClosedByPeer(code)) return 'closed';
  throw error;
}
