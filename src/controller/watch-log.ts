// Logs what goes wrong with the watches: of each kind at once, and then once a minute while it stays the same.
import type { Logger } from 'pino';
import type { WatchedKind } from '../cluster/kinds.ts';
import type { ApiError } from '../kubernetes/api-error.ts';

const REPEAT_MS = 60_000;

/** Logs an error. `now` is the time in ms since 1970. */
export type WatchLog = (kind: WatchedKind, error: ApiError, now: number) => void;

export function createWatchLog(log: Pick<Logger, 'warn' | 'debug'>): WatchLog {
  const logged = new Map<WatchedKind, { readonly reason: ApiError['kind']; readonly at: number }>();
  return (kind, { kind: reason, message }, now) => {
    const last = logged.get(kind);
    if (last?.reason === reason && now - last.at < REPEAT_MS) return;
    const fields = { kind, reason, error: message };
    // The API server drops old versions every few minutes, so that a watch starts from a new list.
    if (reason === 'expired') return log.debug(fields, 'watch expired, listing again');
    logged.set(kind, { reason, at: now });
    log.warn(fields, 'watch failed, trying again');
  };
}
