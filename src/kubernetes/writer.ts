// Every write of the controller: server-side apply, delete, and the status of an intent.
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { KINDS } from '../cluster/kinds.ts';
import type { ObjectIdentity } from '../cluster/store.ts';
import { API, KIND, PLURAL } from '../domain/api-group.ts';
import { FIELD_MANAGER, isIntent, isIstioLabel } from '../domain/kinds/live-object.ts';
import { err, ok, type Result } from '../domain/result.ts';
import type { Status } from '../domain/egress-intent/status.ts';
import type { ApiError } from './api-error.ts';
import type { Request, Transport } from './transport.ts';
import type { GeneratedKind, Manifest, ObjectReference } from '../domain/kinds/manifest.ts';

/** The status has a field manager of its own, as the API conventions ask. */
const STATUS_MANAGER = 'egress-intent-status';

/** The uid and version of a written object, by which its event in the store is recognised. */
export type Written = { readonly uid: string; readonly resourceVersion: string };

export type Writer = {
  /**
   * Applies an object so that its spec is exactly the given one, and so that istiod does not ignore it (`altered` if the server undoes that). An object that exists is identified by its uid, so that another object with
   * the same name is a `conflict`, and by its version, if that is given; a creation is a conflict if the name is taken.
   */
  readonly apply: (manifest: Manifest) => Promise<Result<Written, ApiError>>;
  /** Asks whether an object could be created. Writes nothing. */
  readonly check: (manifest: Manifest) => Promise<Result<undefined, ApiError>>;
  /** Deletes exactly this object, in this version; success if it does not exist any more. */
  readonly remove: (target: VersionedReference) => Promise<Result<undefined, ApiError>>;
  /** Writes the status of exactly this version of the intent. */
  readonly applyStatus: (intent: ObjectIdentity, status: Status) => Promise<Result<Written, ApiError>>;
};

type VersionedReference = ObjectReference & { readonly resourceVersion?: string | undefined };

const WriteAnswer = z.looseObject({
  metadata: z.looseObject({
    uid: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(z.looseObject({ apiVersion: z.string(), kind: z.string() })).optional(),
    managedFields: z
      .array(
        z.looseObject({
          manager: z.string().optional(),
          fieldsV1: z.record(z.string(), z.unknown()).default({}),
        }),
      )
      .default([]),
  }),
  spec: z.unknown().optional(),
});

export function createWriter(transport: Pick<Transport, 'request'>): Writer {
  return {
    apply: (manifest) => apply(transport, manifest),
    check: async (manifest) => {
      const { query, ...request } = applyRequest(pathOf(manifest), FIELD_MANAGER, false, manifest);
      const answer = await transport.request({ ...request, query: { ...query, dryRun: 'All' } });
      return answer.ok ? ok(undefined) : answer;
    },
    remove: async ({ kind, namespace, name, uid, resourceVersion }) => {
      const answer = await transport.request({
        method: 'DELETE',
        path: istioPath(kind, namespace, name),
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
      });
      return answer.ok || answer.error.kind === 'notFound' ? ok(undefined) : answer;
    },
    applyStatus: async ({ namespace, name, uid, resourceVersion }, status) => {
      const path = `/apis/${API}/namespaces/${namespace}/${PLURAL}/${name}/status`;
      const body = {
        apiVersion: API,
        kind: KIND,
        metadata: { namespace, name, uid, resourceVersion },
        status,
      };
      const answer = await transport.request(applyRequest(path, STATUS_MANAGER, true, body));
      return answer.ok ? ok(writtenOf(WriteAnswer.parse(answer.value))) : answer;
    },
  };
}

async function apply(
  transport: Pick<Transport, 'request'>,
  manifest: Manifest,
): Promise<Result<Written, ApiError>> {
  const path = pathOf(manifest);
  const exists = manifest.metadata.uid !== undefined;
  const body = exists ? manifest : onlyIfNew(manifest);
  const first = await transport.request(applyRequest(path, FIELD_MANAGER, exists, body));
  const answer =
    !first.ok && first.error.kind === 'conflict' && exists
      ? await applyOverForeign(transport, manifest, first)
      : first;
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

/**
 * Where somebody else owns a part of the spec, the object is corrected in whatever version it has by now: whoever rewrites it faster than a
 * version can be read and written would win otherwise. Where the last writer was a controller like this one, the conflict stands.
 */
async function applyOverForeign(
  transport: Pick<Transport, 'request'>,
  manifest: Manifest,
  conflict: Result<unknown, ApiError>,
): Promise<Result<unknown, ApiError>> {
  const path = pathOf(manifest);
  const live = WriteAnswer.safeParse(await valueOf(transport.request({ method: 'GET', path }))).data;
  const isForeign = live?.metadata.managedFields.some(
    ({ manager, fieldsV1 }) => manager !== FIELD_MANAGER && Object.hasOwn(fieldsV1, 'f:spec'),
  );
  if (live?.metadata.uid !== manifest.metadata.uid || isForeign !== true) return conflict;
  const { resourceVersion: _version, ...metadata } = manifest.metadata;
  return transport.request(applyRequest(path, FIELD_MANAGER, true, { ...manifest, metadata }));
}

const valueOf = async (answer: Promise<Result<unknown, ApiError>>): Promise<unknown> => {
  const result = await answer;
  return result.ok ? result.value : undefined;
};

/**
 * Server-side apply would change an object that exists, if the manager is the same: another controller may have created it a moment ago. No
 * object has this version, since etcd counts from 2, and the API server ignores the version where there is no object.
 * Source: kubernetes/apiserver pkg/registry/generic/registry/store.go, Update.
 */
const onlyIfNew = (manifest: Manifest): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, resourceVersion: '1' },
});

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
