// The log level of the running process, as the components of Kubernetes offer theirs under /debug/flags/v. It listens on the loopback interface
// only: what reaches it is `kubectl port-forward`, which the roles of the cluster permit or not, and no other pod.
import type { Logger } from 'pino';
import { escaped } from '../../domain/text.ts';
import { LOG_LEVELS, type LogLevel } from '../config.ts';
import { answer, listen, type Endpoints } from './endpoints.ts';

export const LOG_LEVEL_PATH = '/debug/flags/log-level';

/** GET tells the level, PUT sets it. It counts until the process ends; the next one begins with `--log-level`. */
export function serveLogLevel(port: number, log: Logger): Promise<Endpoints> {
  return listen(
    port,
    async (path, response, request) => {
      if (path !== LOG_LEVEL_PATH) return answer(response, 404, `${LOG_LEVEL_PATH}\n`);
      if (request.method === 'GET') return answer(response, 200, `${log.level}\n`);
      if (request.method !== 'PUT') return answer(response, 405, 'GET or PUT\n');
      const text = await shortBody(request);
      const level = LOG_LEVELS.find((each) => each === text);
      if (level === undefined)
        return answer(
          response,
          400,
          `not a level: ${escaped(text)}; write one of ${LOG_LEVELS.join(', ')}\n`,
        );
      setLevel(log, level);
      answer(response, 200, `${level}\n`);
    },
    '127.0.0.1',
  );
}

/** Tells of the change wherever one of the two levels shows it. */
function setLevel(log: Logger, to: LogLevel): void {
  const from = log.level;
  const isShown = log.isLevelEnabled('info');
  if (isShown) log.info({ from, to }, 'log level changed');
  log.level = to;
  if (!isShown) log.info({ from, to }, 'log level changed');
}

const MAX_BODY = 100;

/** The first bytes of the body, without the space around them. */
async function shortBody(chunks: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) {
    text += String(chunk);
    if (text.length > MAX_BODY) break;
  }
  return text.slice(0, MAX_BODY).trim();
}
