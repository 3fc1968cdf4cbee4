// A Lease of coordination.k8s.io/v1: who holds it, and until when others must wait. Read, written and watched; who may hold it is decided in
// election.ts.
import { z } from 'zod';
import { ok, type Result } from '../../domain/result.ts';
import type { ApiError } from '../api-error.ts';
import type { Transport } from '../transport.ts';
import { watchEvents } from '../watch-stream.ts';

export type LeaseName = { readonly namespace: string; readonly name: string };

/** What the holder wrote. Its times are those of its own clock, so nobody compares them with theirs. */
export type Lease = {
  readonly resourceVersion: string;
  /** Empty if nobody holds it. */
  readonly holder: string;
  /** How long others wait after they have seen the last renewal, in ms. */
  readonly durationMs: number;
  /** How often it went to another holder. */
  readonly transitions: number;
  /** Of the holder's clock, as it is written. */
  readonly acquireTime: string;
};

export type LeaseClient = {
  /** Undefined if there is none. */
  readonly read: () => Promise<Result<Lease | undefined, ApiError>>;
  /** Writes it with the present time as `renewTime`; a `conflict` if it is not in this version any more. Without a version it is created. */
  readonly write: (
    lease: Omit<Lease, 'resourceVersion'> & { readonly resourceVersion?: string | undefined },
    signal: AbortSignal,
  ) => Promise<Result<Lease, ApiError>>;
  /** Every version after the given one, `undefined` once it is deleted. Ends without an error when the watch does. */
  readonly changes: (from: string, signal: AbortSignal) => AsyncGenerator<Lease | undefined>;
};

const LeaseObject = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().nullish(),
      leaseTransitions: z.number().nullish(),
      acquireTime: z.string().nullish(),
    })
    .nullish(),
});

const Event = z.object({ type: z.string(), object: z.unknown() });

export function leaseClient(transport: Transport, { namespace, name }: LeaseName): LeaseClient {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const path = `${collection}/${name}`;
  return {
    read: async () => {
      const answer = await transport.request({ method: 'GET', path });
      if (answer.ok) return ok(parsed(answer.value));
      return answer.error.kind === 'notFound' ? ok(undefined) : answer;
    },
    // PUT also creates a Lease, so that the role can name the one that it may create.
    write: async (lease, signal) => {
      const answer = await transport.request({
        method: 'PUT',
        path,
        body: bodyOf(namespace, name, lease),
        signal,
      });
      return answer.ok ? ok(parsed(answer.value)) : answer;
    },
    changes: async function* (from, signal) {
      const query = { fieldSelector: `metadata.name=${name}` };
      const request = { path: collection, query, accept: 'application/json', from, signal };
      for await (const line of watchEvents(transport, request)) {
        const event = line.ok ? Event.safeParse(line.value).data : undefined;
        if (event === undefined || event.type === 'ERROR') return;
        if (event.type !== 'BOOKMARK') yield event.type === 'DELETED' ? undefined : parsed(event.object);
      }
    },
  };
}

function parsed(raw: unknown): Lease {
  const { metadata, spec } = LeaseObject.parse(raw);
  return {
    resourceVersion: metadata.resourceVersion,
    holder: spec?.holderIdentity ?? '',
    durationMs: (spec?.leaseDurationSeconds ?? 0) * 1000,
    transitions: spec?.leaseTransitions ?? 0,
    acquireTime: spec?.acquireTime ?? microTime(),
  };
}

const bodyOf = (
  namespace: string,
  name: string,
  { resourceVersion, holder, durationMs, transitions, acquireTime }: Parameters<LeaseClient['write']>[0],
): unknown => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace, name, resourceVersion },
  spec: {
    holderIdentity: holder,
    leaseDurationSeconds: durationMs / 1000,
    leaseTransitions: transitions,
    acquireTime,
    renewTime: microTime(),
  },
});

/** The present time as a MicroTime of Kubernetes, which has exactly six digits after the second. */
export const microTime = (): string => new Date().toISOString().replace('Z', '000Z');
