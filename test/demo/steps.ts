// The edits of the demo, one after the other, each with the sentence that a presenter would say.
import { refOf, type Cluster } from '../support/cluster.ts';
import {
  appIntent,
  BLUE_SVC,
  GENERATED,
  GOOGLE,
  GREEN,
  intent,
  intentRef,
  REGISTERED,
} from '../support/story.ts';

export type Step = {
  readonly title: string;
  /** What the reader sees being typed. */
  readonly command: string;
  readonly run: (cluster: Cluster) => Promise<unknown>;
  /** What each intent must say before the step is over: `Ready` as status and reason. */
  readonly until: Readonly<Record<string, string>>;
  /** What else must be so; asked again until it no longer throws. */
  readonly after?: (cluster: Cluster) => Promise<void>;
};

const READY = 'True/Ready';

const apply = (title: string, ...entries: Parameters<typeof appIntent>[0]): Step => ({
  title,
  command: 'kubectl apply -f red.yaml',
  run: (cluster) => cluster.apply(appIntent(entries)),
  until: { red: READY },
});

export const STEPS: readonly Step[] = [
  apply('Red may call nothing. Its pods keep DNS, and that is all.'),
  apply('Every service of namespace green.', GREEN),
  apply('One service of namespace blue.', GREEN, BLUE_SVC),
  apply('A host outside the mesh, on two ports. We write its ServiceEntry.', GREEN, BLUE_SVC, GOOGLE),
  apply('A host that the platform team registered for everybody.', GREEN, BLUE_SVC, GOOGLE, REGISTERED),
  {
    title:
      'A default for the whole namespace. Istio never merges Sidecars, so the app gets it as part of its own.',
    command: 'kubectl apply -f default.yaml',
    run: (cluster) => cluster.apply(intent([GREEN], { name: 'default' })),
    until: { red: READY, default: READY },
  },
  {
    title: 'Somebody opens the Sidecar by hand. It is undone.',
    command: `kubectl patch sidecars --type merge -p '{"spec":{"egress":[{"hosts":["*/*"]}]}}' ...`,
    run: async (cluster) => {
      const [sidecar] = await cluster.list(GENERATED.sidecars);
      if (sidecar) await cluster.patch(refOf(sidecar), { spec: { egress: [{ hosts: ['*/*'] }] } });
    },
    until: { red: READY, default: READY },
    after: async (cluster) => {
      const texts = JSON.stringify(await cluster.list(GENERATED.sidecars));
      if (texts.includes('*/*')) throw new Error('not undone yet');
    },
  },
  {
    title: 'A mistake: a name that no Service has, and an address where a host belongs.',
    command: 'kubectl apply -f red.yaml',
    run: (cluster) =>
      cluster.apply(appIntent([GREEN, { service: { name: 'nginx-blu-svc', namespace: 'blue' } }])),
    until: { red: 'False/UnresolvedRefs', default: READY },
  },
  {
    title: 'The intents go, and so does everything that was written for them.',
    command: 'kubectl delete ei red default',
    run: async (cluster) => {
      await cluster.remove(intentRef('red'));
      await cluster.remove(intentRef('default'));
    },
    until: {},
    after: async (cluster) => {
      const left = await Promise.all(Object.values(GENERATED).map((collection) => cluster.list(collection)));
      if (left.flat().length > 0) throw new Error('not gone yet');
    },
  },
];
