// Reads the conditions of an intent, and waits for one.
import { eventually, type Cluster, type KubeObject } from './cluster.ts';
import { intentRef } from './story.ts';

export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};

type WithStatus = KubeObject & {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly resources?: readonly { readonly name: string }[];
  };
};

/** One condition as `STATUS/REASON`, such as `False/Shadowed`. Empty if there is none. */
export function conditionOf(object: KubeObject, type: string): string {
  const found = conditionsOf(object).find((condition) => condition.type === type);
  return found === undefined ? '' : `${found.status}/${found.reason}`;
}

export const conditionsOf = (object: KubeObject): readonly Condition[] =>
  (object as WithStatus).status?.conditions ?? [];

/** The message of one condition. Empty if there is none. */
export const messageOf = (object: KubeObject, type: string): string =>
  conditionsOf(object).find((condition) => condition.type === type)?.message ?? '';

/** The names of the objects that the status lists. */
export const resourcesOf = (object: KubeObject): readonly string[] =>
  ((object as WithStatus).status?.resources ?? []).map(({ name }) => name);

/**
 * Waits until the status is of the intent's newest generation and the condition is as wanted, and returns the intent.
 * Defaults: the intent `red`, the condition `Ready`.
 */
export function untilCondition(
  cluster: Cluster,
  wanted: { readonly intent?: string; readonly condition?: string; readonly is: string },
): Promise<KubeObject> {
  const { intent = 'red', condition = 'Ready', is } = wanted;
  return eventually(async () => {
    const object: WithStatus | undefined = await cluster.get(intentRef(intent));
    if (object === undefined) throw new Error(`no intent ${intent}`);
    const actual = conditionOf(object, condition);
    if (object.status?.observedGeneration !== object.metadata.generation || actual !== is) {
      throw new Error(`${intent}: ${condition} is ${actual}, not ${is}: ${JSON.stringify(object.status)}`);
    }
    return object;
  });
}
