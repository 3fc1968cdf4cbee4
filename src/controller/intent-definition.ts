// Whether the CustomResourceDefinition of EgressIntent is in force. Its deletion takes every intent with it, which nobody meant for each of
// them: the mesh would open. Kubernetes marks the definition first and deletes the intents then, so an intent that vanished before a fresh
// read without that mark was deleted on purpose.
import { z } from 'zod';
import type { Snapshot } from '../cluster/snapshot.ts';
import { API_GROUP, PLURAL } from '../domain/api-group.ts';
import type { ApiError } from '../kubernetes/api-error.ts';
import type { Transport } from '../kubernetes/transport.ts';
import type { Plan } from '../plan/steps.ts';

export const DEFINITION = `${PLURAL}.${API_GROUP}`;

/** Undefined if the definition is in force; otherwise, or if that cannot be read, why nothing may be written. Asks the API server. */
export type WhyNotInForce = () => Promise<ApiError | undefined>;

const Definition = z.object({ metadata: z.object({ deletionTimestamp: z.string().nullish() }) });

export const askDefinition =
  (transport: Pick<Transport, 'request'>): WhyNotInForce =>
  async () => {
    const answer = await transport.request({
      method: 'GET',
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${DEFINITION}`,
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    });
    if (!answer.ok) return answer.error.kind === 'notFound' ? paused('does not exist') : answer.error;
    const { deletionTimestamp } = Definition.parse(answer.value).metadata;
    return typeof deletionTimestamp === 'string' ? paused('is being deleted') : undefined;
  };

const paused = (state: string): ApiError => ({
  kind: 'paused',
  message: `CustomResourceDefinition ${DEFINITION} ${state}, so every Sidecar and ServiceEntry stays as it is: create it again, and then the intents`,
});

/** Whether carrying out the plan would delete something, or change an object that was written for an intent that is gone. */
export function withdraws(
  { phases }: Pick<Plan, 'phases'>,
  { intents, invalid, sidecars, serviceEntries }: Snapshot,
): boolean {
  const steps = phases.flat();
  if (steps.some(({ kind }) => kind === 'delete')) return true;
  const present = new Set([...intents, ...invalid].map(({ name }) => name));
  return (
    steps.length > 0 &&
    [...sidecars, ...serviceEntries].some(
      (live) => live.managed && live.intents.some(({ name }) => !present.has(name)),
    )
  );
}
