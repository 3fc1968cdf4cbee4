// Errors of requests to the API server, by what the caller does next. A user can repair only what the server rejects.
import { z } from 'zod';
import { withRanges } from '../domain/istio/range-host.ts';

export type ApiError = {
  /**
   * - `throttled`: too many requests; try again after `retryAfterMs`.
   * - `unavailable`: no answer, or the server reports a failure; try again later.
   * - `forbidden`: authentication or authorization failed; try again later, since the role may be granted.
   * - `rejected`: the server or a webhook refuses this object; the same request would fail again.
   * - `unsupported`: the server does not take such a request, whatever the object is; nothing is known of the object.
   * - `altered`: the server stored another object than the one written, and would do so again.
   * - `paused`: nothing is sent, because the CustomResourceDefinition of EgressIntent is not in force.
   * - `notLeader`: nothing is sent, because another replica leads.
   * - `terminating`: nothing can be created in this namespace, because it is being deleted.
   * - `conflict`: the object is not the expected one; read again.
   * - `notFound`: the object, its namespace or its kind does not exist (404).
   * - `expired`: the API server no longer has the requested version, or the rest of a list (410); list from the start.
   */
  readonly kind:
    | 'throttled'
    | 'unavailable'
    | 'forbidden'
    | 'rejected'
    | 'unsupported'
    | 'altered'
    | 'paused'
    | 'notLeader'
    | 'terminating'
    | 'conflict'
    | 'notFound'
    | 'expired';
  readonly message: string;
  readonly retryAfterMs?: number;
};

const StatusBody = z.object({
  kind: z.string().default(''),
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z
    .object({
      retryAfterSeconds: z.number().optional(),
      causes: z.array(z.object({ reason: z.string().default('') })).nullish(),
    })
    .optional(),
});

/**
 * Converts an answer with status 400 or above. `retryAfter` is the header, in seconds.
 * Source: github.com/kubernetes/community contributors/devel/sig-architecture/api-conventions.md, HTTP status codes.
 */
export function errorOfAnswer(status: number, body: string, retryAfter?: string): ApiError {
  const parsed = StatusBody.safeParse(jsonOf(body)).data;
  const answer = withRanges(parsed?.message ?? body.slice(0, 500));
  const message = `${status} ${parsed?.reason ?? ''}: ${answer}`;
  const seconds = Number(retryAfter ?? parsed?.details?.retryAfterSeconds);
  const retry = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {};
  const kind = isEnding(parsed) ? 'terminating' : isRefusal(status, parsed) ? 'rejected' : kindOf(status);
  return { kind, message, ...retry };
}

/**
 * Whether this object was looked at and refused. Only the API server says that, in a Status: a proxy before it may answer 400 as well. A webhook
 * may choose the status of its denial; that of Istio chooses none, which is 400. One that has side effects denies every dry run. Sources:
 * istio/istio manifests/charts/base, ValidatingWebhookConfiguration; kubernetes/apiserver
 * pkg/admission/plugin/webhook/errors/statuserror.go.
 */
function isRefusal(status: number, body: z.infer<typeof StatusBody> | undefined): boolean {
  if (body === undefined || NO_DRY_RUN.test(body.message)) return false;
  if (ISTIO_DENIAL.test(body.message)) return true;
  return body.kind === 'Status' && (status === 400 || status === 422);
}

/** A 403 with this cause. Source: kubernetes/kubernetes plugin/pkg/admission/namespace/lifecycle/admission.go. */
const isEnding = (body: z.infer<typeof StatusBody> | undefined): boolean =>
  body?.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false;

const ISTIO_DENIAL = /^admission webhook "(?:[^"]+\.)?validation\.istio\.io" denied the request/;
const NO_DRY_RUN = /^admission webhook "[^"]*" does not support dry run/;

function kindOf(status: number): ApiError['kind'] {
  if (status === 429) return 'throttled';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404) return 'notFound';
  if (status === 410) return 'expired';
  if (status === 409) return 'conflict';
  return status === 408 || status >= 500 ? 'unavailable' : 'unsupported';
}

/** Converts what undici throws where there is no answer: connection refused, reset, timed out, aborted. */
export function errorOfFailure(thrown: unknown): ApiError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return { kind: 'unavailable', message: `${error.name}: ${error.message}${cause}` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // for example an HTML page of a proxy
  }
}
