// The objects of the chaos: namespaces with two restricted apps each, whose intents are edited without end. Each version of an intent grants a host
// of its own number, so that a Sidecar tells of which version it is.
import { z } from 'zod';
import { refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
import * as story from '../support/story.ts';
import type { Dice } from './dice.ts';

export const NAMESPACES = ['one', 'two', 'three'] as const;
/** A namespace in which nothing changes after the start. */
export const CALM = 'calm';

export type App = {
  readonly namespace: string;
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
};

const appsOf = (namespace: string): readonly App[] => [
  { namespace, name: 'web', selector: { app: 'web' } },
  { namespace, name: 'front', selector: { tier: 'front' } },
];

export const EDITED: readonly App[] = NAMESPACES.flatMap(appsOf);
const ALL: readonly App[] = [...EDITED, ...appsOf(CALM)];

const inNamespace = (object: KubeObject, namespace: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

const SOMETIMES = ['a', 'b', 'c'].map((name) => `${name}.example.com`);

/** Version `number` of the intent of an app. Green and one host stay for ever. */
const intentOf = (
  { namespace, name, selector }: App,
  number: number,
  sometimes: readonly string[],
): KubeObject =>
  inNamespace(
    story.intent(
      [
        story.GREEN,
        ...['always.example.com', ...sometimes, `edit-${number}.example.com`].map((host) => ({ host })),
      ],
      { name, selector },
    ),
    namespace,
  );

const bothPod = (namespace: string): KubeObject =>
  story.podObject('both', namespace, { app: 'web', tier: 'front' });
const defaultIntent = (namespace: string): KubeObject =>
  inNamespace(story.intent([story.GREEN], { name: 'default' }), namespace);

export const startObjects: readonly KubeObject[] = [
  ...['green', CALM, ...NAMESPACES].map(story.namespaceObject),
  ...ALL.map(({ namespace, name, selector }) => story.podObject(name, namespace, selector)),
  ...ALL.map((app) => intentOf(app, 0, [])),
];

/** Makes random edits. Each resolves once the API server has taken it, and throws if that cannot be reached. */
export function createEdits(cluster: Cluster, dice: Dice): () => Promise<void> {
  let number = 0;
  return async () => {
    const namespace = dice.oneOf(NAMESPACES);
    const kind = dice.oneOf(['intent', 'intent', 'intent', 'intent', 'pod', 'default'] as const);
    if (kind === 'intent') {
      number += 1;
      const app = EDITED[dice.below(EDITED.length)];
      const sometimes = SOMETIMES.filter(() => dice.chance(0.5));
      if (app !== undefined) await cluster.apply(intentOf(app, number, sometimes));
      return;
    }
    const object = kind === 'pod' ? bothPod(namespace) : defaultIntent(namespace);
    if (dice.chance(0.5)) await cluster.apply(object);
    else await cluster.remove(refOf(object));
  };
}

const Spec = z.object({
  spec: z.object({ allow: z.array(z.object({ host: z.string().optional() })) }),
});

/** The hosts that a stored version of an intent grants, as a Sidecar lists them. */
export const grantedBy = (intent: unknown, namespace: string): ReadonlySet<string> =>
  new Set(
    Spec.parse(intent).spec.allow.map(({ host }) =>
      host === undefined ? 'green/*' : `${namespace}/${host}`,
    ),
  );

/** The number of the version of an intent with these hosts; -1 if it is not known. */
export const numberOf = (hosts: ReadonlySet<string>): number =>
  Math.max(-1, ...[...hosts].map((host) => Number(/\/edit-(\d+)\./.exec(host)?.[1] ?? -1)));
