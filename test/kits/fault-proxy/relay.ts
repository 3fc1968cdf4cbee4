// Streams a response back to the client, as far as a fault allows.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Fault } from './fault.ts';

/**
 * Starts to stream the response. A fault with `afterBytes` ends it early or leaves it open. Returns a function that sends nothing more and leaves
 * it open.
 */
export function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
): () => void {
  const silence = (): void => void answer.removeAllListeners('data').removeAllListeners('end').pause();
  response.once('close', () => {
    if (!answer.complete) answer.destroy(); // the client has gone, so the server can stop
  });
  answer.once('error', () => response.destroy());
  if (fault?.kind === 'reset-after-forward') {
    response.socket?.resetAndDestroy();
    return silence;
  }
  const limit = fault !== undefined && 'afterBytes' in fault ? (fault.afterBytes ?? Infinity) : Infinity;
  response.writeHead(answer.statusCode ?? 502, headersOf(answer, limit));
  response.flushHeaders();
  const stop = (): void => {
    silence();
    if (fault?.kind === 'truncate') response.end();
    if (fault?.kind === 'reset') response.destroy();
  };
  let left = limit;
  answer.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, Math.min(left, chunk.length));
    left -= part.length;
    // The last bytes reach the client before the fault does.
    response.write(part, left === 0 ? stop : undefined);
    if (left === 0) answer.pause();
  });
  answer.once('end', () => response.end());
  if (limit === 0) stop();
  return silence;
}

/** The server's headers without hop-by-hop headers; without the length too if the response may end early. */
function headersOf({ headers }: IncomingMessage, limit: number): OutgoingHttpHeaders {
  const dropped = new Set([
    'connection',
    'keep-alive',
    'transfer-encoding',
    ...(limit === Infinity ? [] : ['content-length']),
  ]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}
