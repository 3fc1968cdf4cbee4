// A small client of API servers, real or in-process, for tests and the demo. It shares no code with src/kubernetes, so
// that a test does not read a fault with the code that made it.
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, request } from 'undici';

export type KubeObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
};

/** `plural` is the resource's name in its path, such as `serviceentries`. Cluster-scoped objects have no namespace. */
export type Ref = {
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name: string;
};

export type Reply = { readonly status: number; readonly body: unknown };

/** The API server refused a request. `reason` and the message are those of its `Status` object. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(action: string, { status, body }: Reply) {
    const answer = (typeof body === 'object' && body !== null ? body : {}) as {
      reason?: string;
      message?: string;
    };
    super(`${action}: ${status} ${answer.reason ?? ''}: ${answer.message ?? JSON.stringify(body)}`);
    this.status = status;
    this.reason = answer.reason ?? '';
  }
}

export type ApplyOptions = { readonly manager?: string; readonly force?: boolean; readonly dryRun?: boolean };
export type Cluster = ReturnType<typeof connect>;

const CONTENT_TYPES = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const;

/** Connects to the current cluster of a kubeconfig (its text). Call `close` when done. */
export function connect(kubeconfig: string) {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('kubeconfig without a current cluster');
  const agent = new Agent({
    allowH2: false,
    connect: {
      ca: cluster.caData ? Buffer.from(cluster.caData, 'base64') : undefined,
      rejectUnauthorized: !cluster.skipTLSVerify,
    },
  });

  async function send(
    method: HttpMethod,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<Reply> {
    const context = new RequestContext(`${cluster?.server}${path}`, method);
    await config.applySecurityAuthentication(context);
    const answer = await request(context.getUrl(), {
      method,
      dispatcher: agent,
      headers: { ...context.getHeaders(), 'content-type': contentType, accept: 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: parsed(text) };
  }

  return {
    send,
    close: (): Promise<void> => agent.close(),

    create: (object: KubeObject): Promise<KubeObject> =>
      expectObject(`create ${title(object)}`, send(HttpMethod.POST, collectionPath(refOf(object)), object)),

    /** Server-side apply. The defaults are those of `kubectl apply --server-side --force-conflicts`. */
    apply: (object: KubeObject, { manager = 'kubectl', force = true, dryRun = false }: ApplyOptions = {}) =>
      expectObject(
        `apply ${title(object)}`,
        send(
          HttpMethod.PATCH,
          `${pathOf(refOf(object))}?fieldManager=${manager}&force=${force}${dryRun ? '&dryRun=All' : ''}`,
          object,
          CONTENT_TYPES.apply,
        ),
      ),

    replace: (object: KubeObject): Promise<KubeObject> =>
      expectObject(`replace ${title(object)}`, send(HttpMethod.PUT, pathOf(refOf(object)), object)),

    /** Patches the object, or one of its subresources such as `status`. */
    patch: (ref: Ref, body: unknown, type: 'merge' | 'json' = 'merge', subresource?: string) =>
      expectObject(
        `patch ${pathOf(ref)}`,
        send(
          HttpMethod.PATCH,
          `${pathOf(ref)}${subresource ? `/${subresource}` : ''}`,
          body,
          CONTENT_TYPES[type],
        ),
      ),

    /** The object, or `undefined` if it does not exist. */
    get: async (ref: Ref): Promise<KubeObject | undefined> => {
      const answer = await send(HttpMethod.GET, pathOf(ref));
      if (answer.status === 404) return undefined;
      if (answer.status >= 300) throw new ApiFailure(`get ${pathOf(ref)}`, answer);
      return answer.body as KubeObject;
    },

    /** Every object of a kind in the given namespace, or in all without one. In the server's order. */
    list: async (ref: Omit<Ref, 'name'>): Promise<readonly KubeObject[]> => {
      const answer = await send(HttpMethod.GET, collectionPath(ref));
      if (answer.status >= 300) throw new ApiFailure(`list ${collectionPath(ref)}`, answer);
      return (answer.body as { items: readonly KubeObject[] }).items;
    },

    /** Deletes the object. It is no error if the object does not exist. */
    remove: async (ref: Ref): Promise<void> => {
      const answer = await send(HttpMethod.DELETE, pathOf(ref));
      if (answer.status >= 300 && answer.status !== 404)
        throw new ApiFailure(`delete ${pathOf(ref)}`, answer);
    },
  };
}

/** Calls the probe every `everyMs` until it does not throw, and returns its result. Throws its error after `withinMs`. */
export async function eventually<T>(
  probe: () => Promise<T> | T,
  { withinMs = 10_000, everyMs = 20 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(everyMs);
    }
  }
}

async function expectObject(action: string, reply: Promise<Reply>): Promise<KubeObject> {
  const answer = await reply;
  if (answer.status >= 300) throw new ApiFailure(action, answer);
  return answer.body as KubeObject;
}

const PLURALS: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  NetworkPolicy: 'networkpolicies',
  ServiceEntry: 'serviceentries',
};
const CLUSTER_SCOPED = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'Node',
]);

/** The reference to an object. The plural is formed by rule, with a table of exceptions. */
export function refOf(object: KubeObject): Ref {
  const { apiVersion, kind, metadata } = object;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}${kind.endsWith('s') ? 'es' : 's'}`;
  const namespace = CLUSTER_SCOPED.has(kind) ? {} : { namespace: metadata.namespace ?? 'default' };
  return { apiVersion, plural, name: metadata.name, ...namespace };
}

export function collectionPath({ apiVersion, plural, namespace }: Omit<Ref, 'name'>): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`;
}

export function pathOf(ref: Ref): string {
  return `${collectionPath(ref)}/${ref.name}`;
}

function title({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
