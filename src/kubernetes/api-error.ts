// What can go wrong when we speak to the API server, told apart by what we do next. Nothing here is the user's to mend, except
// what the server refuses.
import { z } from 'zod';

export type ApiError = {
  /**
   * - `throttled`: asked too much; try again after `retryAfterMs`.
   * - `unavailable`: no answer, or an answer that says that the server is in trouble; try again later.
   * - `forbidden`: who we are, or what we may do; try again later, since somebody may grant it.
   * - `rejected`: the server, or a webhook, will not have this object; the same request would fail again.
   * - `conflict`: the object is not the one we thought; look again.
   * - `gone`: the object, its namespace or its kind is not there; look again.
   */
  readonly kind: 'throttled' | 'unavailable' | 'forbidden' | 'rejected' | 'conflict' | 'gone';
  readonly message: string;
  readonly retryAfterMs?: number;
};

const StatusBody = z.object({
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
});

/**
 * Reads an answer of 400 and above. `retryAfter` is the header, in seconds.
 * Source: github.com/kubernetes/community contributors/devel/sig-architecture/api-conventions.md, HTTP status codes.
 */
export function errorOfAnswer(status: number, body: string, retryAfter?: string): ApiError {
  const parsed = StatusBody.safeParse(jsonOf(body)).data;
  const message = `${status} ${parsed?.reason ?? ''}: ${parsed?.message ?? body.slice(0, 500)}`;
  const seconds = Number(retryAfter ?? parsed?.details?.retryAfterSeconds);
  const retry = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {};
  return { kind: kindOf(status), message, ...retry };
}

function kindOf(status: number): ApiError['kind'] {
  if (status === 429) return 'throttled';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'gone';
  if (status === 409) return 'conflict';
  return status === 408 || status >= 500 ? 'unavailable' : 'rejected';
}

/** Reads what undici throws when there was no answer: refused, reset, timed out, aborted. */
export function errorOfFailure(thrown: unknown): ApiError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return { kind: 'unavailable', message: `${error.name}: ${error.message}${cause}` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an HTML page of some proxy
  }
}
