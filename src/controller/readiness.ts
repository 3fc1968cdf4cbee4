// Why the process is not ready: a kind that could not be listed yet, or one that the API server has not said anything of for too long. Who
// leads does not matter: a standby is as ready as the leader.
import { INTENT_DEFINITION } from '../domain/kinds/custom-resource-definition.ts';
import { escaped } from '../domain/text.ts';
import { KINDS, type WatchedKind } from '../cluster/kinds.ts';
import type { ApiError } from '../kubernetes/api-error.ts';

/** What is known of the watch of a kind. */
export type Contact = {
  readonly kind: WatchedKind;
  readonly listed: boolean;
  /** False for an optional kind that the cluster lacks. */
  readonly needed: boolean;
  /** Since the API server last answered or sent something, in ms. */
  readonly silentMs: number;
  /** What went wrong since. */
  readonly error: ApiError | undefined;
};

/** Follows the watch of a kind. */
export function createContact(kind: WatchedKind, needed: () => boolean) {
  let [heardAt, isListed] = [performance.now(), false];
  let error: ApiError | undefined;
  return {
    heard: (): void => {
      heardAt = performance.now();
      error = undefined;
    },
    failed: (failure: ApiError): void => void (error = failure),
    listed: (): void => void (isListed = true),
    read: (): Contact => ({
      kind,
      listed: isListed,
      needed: needed(),
      silentMs: performance.now() - heardAt,
      error,
    }),
  };
}

/** A watch on which nothing happens gets a bookmark about once a minute, or is opened again after 90 s. */
const SILENT_MS = 120_000;

/** One line for each kind that is in the way; empty if the process is ready. */
export function whyNotReady(contacts: readonly Contact[]): readonly string[] {
  return contacts.flatMap(({ kind, listed, needed, silentMs, error }) => {
    const why = error === undefined ? '' : `: ${remedyOf(kind, error)}`;
    if (!listed) return [`${kind} is not listed yet${why}`];
    if (!needed || silentMs <= SILENT_MS) return [];
    return [`nothing was heard of ${kind} for ${Math.floor(silentMs / 1000)} s${why}`];
  });
}

function remedyOf(kind: WatchedKind, error: ApiError): string {
  const { apiVersion, plural } = KINDS[kind];
  const definition = kind === 'EgressIntent' ? INTENT_DEFINITION : `${plural}.${apiVersion.split('/')[0]}`;
  return error.kind === 'notFound'
    ? `the API server does not know the kind, so create CustomResourceDefinition ${definition}`
    : escaped(error.message);
}
