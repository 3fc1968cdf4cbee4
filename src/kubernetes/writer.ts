// Every write that the controller makes: server-side apply, delete, and the status of an intent. Nothing else is ever sent.
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { KINDS } from '../cluster/kinds.ts';
import { API, KIND, PLURAL } from '../domain/api-group.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Status } from '../domain/egress-intent/status.ts';
import type { ApiError } from './api-error.ts';
import type { Request, Transport } from './transport.ts';
import type { Manifest, ObjectReference } from '../domain/kinds/manifest.ts';

/** The owner of our fields in `managedFields`. The status has one of its own, as the API conventions ask for. */
const FIELD_MANAGER = 'egress-intent';
const STATUS_MANAGER = 'egress-intent-status';

/** What a write left behind: the object's uid and version, by which the store's echo is known. */
export type Written = { readonly uid: string; readonly resourceVersion: string };

export type Writer = {
  /**
   * Applies an object so that its spec is ours and nothing else. An object that exists is meant by its uid, so that another of
   * the same name is a `conflict`; one that we create is not forced, for the same reason.
   */
  readonly apply: (manifest: Manifest) => Promise<Result<Written, ApiError>>;
  /** Deletes the very object; that it is gone already is a success. */
  readonly remove: (target: ObjectReference) => Promise<Result<undefined, ApiError>>;
  readonly applyStatus: (intent: IntentName, status: Status) => Promise<Result<Written, ApiError>>;
};

type IntentName = { readonly namespace: string; readonly name: string };

const WriteAnswer = z.looseObject({
  metadata: z.looseObject({
    uid: z.string(),
    resourceVersion: z.string(),
    managedFields: z.array(z.looseObject({ manager: z.string().optional() })).default([]),
  }),
  spec: z.unknown().optional(),
});

export function createWriter(transport: Transport): Writer {
  return {
    apply: (manifest) => apply(transport, manifest),
    remove: async ({ kind, namespace, name, uid }) => {
      const answer = await transport.request({
        method: 'DELETE',
        path: istioPath(kind, namespace, name),
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
      });
      return answer.ok || answer.error.kind === 'gone' ? ok(undefined) : answer;
    },
    applyStatus: async ({ namespace, name }, status) => {
      const path = `/apis/${API}/namespaces/${namespace}/${PLURAL}/${name}/status`;
      const body = { apiVersion: API, kind: KIND, metadata: { namespace, name }, status };
      const answer = await transport.request(applyRequest(path, STATUS_MANAGER, true, body));
      return answer.ok ? ok(writtenOf(WriteAnswer.parse(answer.value))) : answer;
    },
  };
}

async function apply(transport: Transport, manifest: Manifest): Promise<Result<Written, ApiError>> {
  const path = istioPath(manifest.kind, manifest.metadata.namespace, manifest.metadata.name);
  const exists = manifest.metadata.uid !== undefined;
  const answer = await transport.request(applyRequest(path, FIELD_MANAGER, exists, manifest));
  if (!answer.ok) return answer;
  const applied = WriteAnswer.parse(answer.value);
  if (isDeepStrictEqual(applied.spec, manifest.spec)) return ok(writtenOf(applied));
  const cleaned = await transport.request({
    method: 'PUT',
    path,
    query: { fieldManager: FIELD_MANAGER },
    body: withoutOthers(applied, manifest),
  });
  return cleaned.ok ? ok(writtenOf(WriteAnswer.parse(cleaned.value))) : cleaned;
}

const applyRequest = (path: string, manager: string, force: boolean, body: unknown): Request => ({
  method: 'PATCH',
  path,
  query: { fieldManager: manager, force: String(force) },
  contentType: 'application/apply-patch+yaml',
  body,
});

/**
 * Server-side apply leaves what another manager added to the spec. Taking it out with a replace that also drops that manager's
 * entry leaves our apply as the only owner, so that the next apply can remove fields again.
 */
function withoutOthers(applied: z.infer<typeof WriteAnswer>, { spec }: Manifest): unknown {
  const managedFields = applied.metadata.managedFields.filter(({ manager }) => manager === FIELD_MANAGER);
  return { ...applied, metadata: { ...applied.metadata, managedFields }, spec };
}

const writtenOf = ({ metadata: { uid, resourceVersion } }: z.infer<typeof WriteAnswer>): Written => ({
  uid,
  resourceVersion,
});

const istioPath = (kind: Manifest['kind'], namespace: string, name: string): string =>
  `/apis/${KINDS[kind].apiVersion}/namespaces/${namespace}/${KINDS[kind].plural}/${name}`;
