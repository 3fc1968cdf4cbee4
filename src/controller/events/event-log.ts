// Tells the log of Events that cannot be written: once in a while, since nothing depends on them.
import type { Logger } from 'pino';
import type { ApiError } from '../../kubernetes/api-error.ts';

const PERIOD_MS = 600_000;

/** In a namespace that terminates, or that is gone, nothing else is to be expected. */
const isNormal = ({ kind, message }: ApiError): boolean =>
  kind === 'notFound' || kind === 'notLeader' || message.includes('because it is being terminated');

export function createEventLog(log: Pick<Logger, 'warn'>): (error: ApiError) => void {
  let loggedAt = -Infinity;
  return (error) => {
    if (isNormal(error) || performance.now() - loggedAt < PERIOD_MS) return;
    loggedAt = performance.now();
    log.warn({ reason: error.kind, error: error.message }, 'an Event cannot be written');
  };
}
