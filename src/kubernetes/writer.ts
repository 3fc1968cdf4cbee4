// Every write of the controller: server-side apply, delete, and the status of an intent.
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { KINDS } from '../cluster/kinds.ts';
import { API, KIND, PLURAL } from '../domain/api-group.ts';
import { isIntent, isIstioLabel } from '../domain/kinds/live-object.ts';
import { err, ok, type Result } from '../domain/result.ts';
import type { Status } from '../domain/egress-intent/status.ts';
import type { ApiError } from './api-error.ts';
import type { Request, Transport } from './transport.ts';
import type { GeneratedKind, Manifest, ObjectReference } from '../domain/kinds/manifest.ts';

/** The manager of our fields in `managedFields`. The status has a second one, as the API conventions ask. */
const FIELD_MANAGER = 'egress-intent';
const STATUS_MANAGER = 'egress-intent-status';

/** The uid and version of a written object, by which its event in the store is recognised. */
export type Written = { readonly uid: string; readonly resourceVersion: string };

export type Writer = {
  /**
   * Applies an object so that its spec is exactly the given one, and so that istiod does not ignore it (`altered` if the server undoes that). An object that exists is identified by its uid, so that another object with
   * the same name is a `conflict`; a creation is not forced, for the same reason.
   */
  readonly apply: (manifest: Manifest) => Promise<Result<Written, ApiError>>;
  /** Asks whether an object could be created. Writes nothing. */
  readonly check: (manifest: Manifest) => Promise<Result<undefined, ApiError>>;
  /** Deletes exactly this object; success if it does not exist any more. */
  readonly remove: (target: ObjectReference) => Promise<Result<undefined, ApiError>>;
  readonly applyStatus: (intent: IntentName, status: Status) => Promise<Result<Written, ApiError>>;
};

type IntentName = { readonly namespace: string; readonly name: string };

const WriteAnswer = z.looseObject({
  metadata: z.looseObject({
    uid: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(z.looseObject({ apiVersion: z.string(), kind: z.string() })).optional(),
    managedFields: z.array(z.looseObject({ manager: z.string().optional() })).default([]),
  }),
  spec: z.unknown().optional(),
});

export function createWriter(transport: Transport): Writer {
  return {
    apply: (manifest) => apply(transport, manifest),
    check: async (manifest) => {
      const { query, ...request } = applyRequest(pathOf(manifest), FIELD_MANAGER, false, manifest);
      const answer = await transport.request({ ...request, query: { ...query, dryRun: 'All' } });
      return answer.ok ? ok(undefined) : answer;
    },
    remove: async ({ kind, namespace, name, uid }) => {
      const answer = await transport.request({
        method: 'DELETE',
        path: istioPath(kind, namespace, name),
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
      });
      return answer.ok || answer.error.kind === 'notFound' ? ok(undefined) : answer;
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
  const path = pathOf(manifest);
  const exists = manifest.metadata.uid !== undefined;
  const answer = await transport.request(applyRequest(path, FIELD_MANAGER, exists, manifest));
  if (!answer.ok) return answer;
  const applied = WriteAnswer.parse(answer.value);
  if (isAsWritten(applied, manifest)) return ok(writtenOf(applied));
  const cleaned = await transport.request({
    method: 'PUT',
    path,
    query: { fieldManager: FIELD_MANAGER },
    body: withoutOthers(applied, manifest),
  });
  if (!cleaned.ok) return cleaned;
  const replaced = WriteAnswer.parse(cleaned.value);
  return isAsWritten(replaced, manifest) ? ok(writtenOf(replaced)) : err(ALTERED);
}

/** Tried again with backoff only: the next write would be altered in the same way. */
const ALTERED: ApiError = {
  kind: 'altered',
  message:
    'an admission webhook or policy of the cluster changes this object while it is written: exempt it there',
};

/** Whether the object is what we wrote, as far as istiod and the garbage collector read it. */
const isAsWritten = ({ spec, metadata }: z.infer<typeof WriteAnswer>, manifest: Manifest): boolean =>
  isDeepStrictEqual(spec, manifest.spec) &&
  !Object.keys(metadata.labels).some(isIstioLabel) &&
  !metadata.ownerReferences?.some(isIntent);

const applyRequest = (path: string, manager: string, force: boolean, body: unknown): Request => ({
  method: 'PATCH',
  path,
  query: { fieldManager: manager, force: String(force) },
  contentType: 'application/apply-patch+yaml',
  body,
});

/**
 * Server-side apply keeps what another manager added. This replaces the object without foreign fields of the spec, labels that istiod obeys
 * and intents as owners, and without the entry of that manager in `managedFields`, so that our apply is the only owner and the next one can
 * remove fields.
 */
function withoutOthers({ metadata, ...applied }: z.infer<typeof WriteAnswer>, { spec }: Manifest): unknown {
  const { labels, ownerReferences = [], managedFields, ...rest } = metadata;
  const owners = ownerReferences.filter((owner) => !isIntent(owner));
  return {
    ...applied,
    metadata: {
      ...rest,
      labels: Object.fromEntries(Object.entries(labels).filter(([key]) => !isIstioLabel(key))),
      ...(owners.length === 0 ? {} : { ownerReferences: owners }),
      managedFields: managedFields.filter(({ manager }) => manager === FIELD_MANAGER),
    },
    spec,
  };
}

const writtenOf = ({ metadata: { uid, resourceVersion } }: z.infer<typeof WriteAnswer>): Written => ({
  uid,
  resourceVersion,
});

const pathOf = ({ kind, metadata: { namespace, name } }: Manifest): string =>
  istioPath(kind, namespace, name);

const istioPath = (kind: GeneratedKind, namespace: string, name: string): string =>
  `/apis/${KINDS[kind].apiVersion}/namespaces/${namespace}/${KINDS[kind].plural}/${name}`;
