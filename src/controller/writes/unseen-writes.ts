// Objects of which the stores may not show yet what this process did to them: a watch was down for a while, or the answer to a write was lost. A run
// that starts from such stores would take an object that is deleted for one that stands, or an old version for what it wants.
import { z } from 'zod';
import { KINDS } from '../../cluster/kinds.ts';
import type { ObjectIdentity } from '../../cluster/store.ts';
import type { Stores } from '../../cluster/stores.ts';
import type { GeneratedKind } from '../../domain/kinds/manifest.ts';
import { err, ok, type Result } from '../../domain/result.ts';
import type { ApiError } from '../../kubernetes/api-error.ts';
import type { Transport } from '../../kubernetes/transport.ts';
import { objectOf, type Step } from '../../plan/steps.ts';
import type { StepResult } from './apply.ts';
import { isSeen, untilShown } from './await-own-writes.ts';

export type UnseenWrites = {
  /** After a run: remembers what the stores do not show of its writes. */
  readonly note: (namespace: string, steps: readonly StepResult[]) => void;
  /** Before a run: asks the API server for each such object, and waits a moment for the stores. Otherwise why no run may start yet. */
  readonly caughtUp: (namespace: string) => Promise<ApiError | undefined>;
};

type Unseen = { readonly kind: GeneratedKind; readonly name: string; readonly since: number };

/** In ms. Whatever the stores do not show by then, they never will: a watch without a sign is opened again after 90 s. */
const GIVE_UP_MS = 120_000;

export function createUnseenWrites(transport: Pick<Transport, 'request'>, stores: Stores): UnseenWrites {
  const byNamespace = new Map<string, ReadonlyMap<string, Unseen>>();

  async function isShown(namespace: string, { kind, name }: Unseen): Promise<Result<boolean, ApiError>> {
    const live = await read(transport, kind, namespace, name);
    if (!live.ok) return live;
    const agrees = (): boolean => isAsNew(stores[kind].identity(namespace, name), live.value);
    await untilShown(stores[kind], agrees);
    return ok(agrees());
  }

  return {
    note: (namespace, steps) => {
      const unseen = steps.filter((step) => !isSeen(step, stores));
      if (unseen.length === 0) return;
      const since = performance.now();
      const added = unseen.map(({ step }) => [objectOf(step), { ...nameOf(step), since }] as const);
      byNamespace.set(namespace, new Map([...(byNamespace.get(namespace) ?? []), ...added]));
    },
    caughtUp: async (namespace) => {
      for (const unseen of byNamespace.get(namespace)?.values() ?? []) {
        if (performance.now() - unseen.since > GIVE_UP_MS) continue;
        const shown = await isShown(namespace, unseen);
        if (!shown.ok) return shown.error;
        if (!shown.value) return behind(unseen);
      }
      byNamespace.delete(namespace);
      return undefined;
    },
  };
}

const nameOf = (step: Step): Pick<Unseen, 'kind' | 'name'> =>
  step.kind === 'delete' ? step.target : { kind: step.manifest.kind, name: step.manifest.metadata.name };

const behind = ({ kind, name }: Unseen): ApiError => ({
  kind: 'unavailable',
  message: `nothing is written, because the watch of ${kind} does not show yet what was written to ${kind} ${name}`,
});

type Version = Pick<ObjectIdentity, 'uid' | 'resourceVersion'>;

/** Versions of one resource are numbers that grow. Source: kubernetes.io/docs/reference/using-api/api-concepts, since 1.35. */
const isAsNew = (seen: Version | undefined, live: Version | undefined): boolean =>
  seen?.uid === live?.uid &&
  (seen === undefined || live === undefined || BigInt(seen.resourceVersion) >= BigInt(live.resourceVersion));

const Answer = z.object({ metadata: z.object({ uid: z.string(), resourceVersion: z.string() }) });

async function read(
  transport: Pick<Transport, 'request'>,
  kind: GeneratedKind,
  namespace: string,
  name: string,
): Promise<Result<Version | undefined, ApiError>> {
  const { apiVersion, plural } = KINDS[kind];
  const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
  const answer = await transport.request({ method: 'GET', path });
  if (!answer.ok) return answer.error.kind === 'notFound' ? ok(undefined) : err(answer.error);
  return ok(Answer.parse(answer.value).metadata);
}
