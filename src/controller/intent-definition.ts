// Whether the CustomResourceDefinition of EgressIntent is in force. Its deletion takes every intent with it, which nobody meant for each of
// them: the mesh would open. Kubernetes marks the definition first and deletes the intents then, so an intent that vanished before a fresh
// read of the same definition without that mark was deleted on purpose. The watch cannot prove that: it may be behind that of intents.
import type { Snapshot } from '../cluster/snapshot.ts';
import {
  INTENT_DEFINITION,
  parseCustomResourceDefinition,
} from '../domain/kinds/custom-resource-definition.ts';
import type { ApiError } from '../kubernetes/api-error.ts';
import type { Transport } from '../kubernetes/transport.ts';
import type { Plan } from '../plan/steps.ts';

type Definition = Snapshot['definition'];

/** Undefined if this definition is in force; otherwise, or if that cannot be read, why nothing may be written. Asks the API server. */
export type WhyNotInForce = (watched: Definition) => Promise<ApiError | undefined>;

export const askDefinition =
  (transport: Pick<Transport, 'request'>): WhyNotInForce =>
  async (watched) => {
    if (watched === undefined) return paused('does not exist');
    const answer = await transport.request({
      method: 'GET',
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${INTENT_DEFINITION}`,
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    });
    if (!answer.ok) return answer.error.kind === 'notFound' ? paused('does not exist') : answer.error;
    const definition = parseCustomResourceDefinition(answer.value);
    if (definition === undefined) return { kind: 'unavailable', message: `not a ${TITLE}` };
    if (definition.isTerminating) return paused('is being deleted');
    return definition.uid === watched.uid ? undefined : paused('was just created again');
  };

const TITLE = `CustomResourceDefinition ${INTENT_DEFINITION}`;

const paused = (state: string): ApiError => ({
  kind: 'paused',
  message: `${TITLE} ${state}, so every Sidecar and ServiceEntry stays as it is: create it again, and then the intents`,
});

/**
 * Whether a plan may be carried out only while the definition is in force: it would delete something, or change an object that was written
 * for an intent that is gone. Without the definition, nothing is known of what is wanted.
 */
export function needsDefinition(
  { phases }: Pick<Plan, 'phases'>,
  { definition, intents, invalid, sidecars, serviceEntries }: Snapshot,
): boolean {
  const steps = phases.flat();
  if (steps.length === 0) return false;
  if (definition === undefined || steps.some(({ kind }) => kind === 'delete')) return true;
  const present = new Set([...intents, ...invalid].map(({ name }) => name));
  return [...sidecars, ...serviceEntries].some(
    (live) => live.managed && live.intents.some(({ name }) => !present.has(name)),
  );
}
