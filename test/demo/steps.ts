// The edits of the demo in their order, each with its title and the command that a reader would type.
import { refOf, type Cluster, type KubeObject } from '../support/cluster.ts';
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
  readonly command: string;
  readonly run: (cluster: Cluster) => Promise<unknown>;
  /** The intents after the step, as their files contain them. */
  readonly intents: readonly KubeObject[];
  /** The intent that the step applies, and its condition `Ready` at the end, as STATUS/REASON. */
  readonly applies?: { readonly intent: string; readonly is: string };
};

const READY = 'True/Ready';
const TYPO = { service: { name: 'nginx-blu-svc', namespace: 'blue' } } as const;

const complete = appIntent([GREEN, BLUE_SVC, GOOGLE, REGISTERED]);
const misspelt = appIntent([GREEN, TYPO, GOOGLE, REGISTERED]);
const namespaceDefault = intent([{ service: { name: 'second-blue-svc', namespace: 'blue' } }], {
  name: 'default',
});

/** Applies the last of the intents. */
const apply = (title: string, intents: readonly [...KubeObject[], KubeObject], ready = READY): Step => {
  const changed = intents.at(-1) as KubeObject;
  const { name } = changed.metadata;
  return {
    title,
    command: `kubectl apply -f ${name}.yaml`,
    run: (cluster) => cluster.apply(changed),
    intents,
    applies: { intent: name, is: ready },
  };
};

const EDIT = { spec: { egress: [{ hosts: ['*/*'] }] } } as const;

/** Allows every host in the Sidecar of the app. */
async function editSidecar(cluster: Cluster): Promise<void> {
  const sidecars = await cluster.list(GENERATED.sidecars);
  const sidecar = sidecars.find(({ spec }) => 'workloadSelector' in (spec as object));
  if (sidecar === undefined) throw new Error('the app has no Sidecar');
  await cluster.patch(refOf(sidecar), EDIT);
}

export const STEPS: readonly Step[] = [
  apply('The app may call namespace green, one Service of namespace blue, DNS, and nothing else.', [
    appIntent([GREEN, BLUE_SVC]),
  ]),
  apply('The app may also call www.google.com. The controller registers the host with a ServiceEntry.', [
    appIntent([GREEN, BLUE_SVC, GOOGLE]),
  ]),
  apply('The app may also call a host that the platform team registered in namespace entries.', [complete]),
  apply(
    'A default for every pod of namespace red. Istio does not merge Sidecars, so the app gets it in its own.',
    [complete, namespaceDefault],
  ),
  {
    title: 'A manual edit of the Sidecar allows every host. The controller reverts it.',
    command: `kubectl patch sidecar … --type merge -p '${JSON.stringify(EDIT)}'`,
    run: editSidecar,
    intents: [complete, namespaceDefault],
  },
  apply('A mistake: a name that no Service has.', [namespaceDefault, misspelt], 'False/UnresolvedRefs'),
  {
    title: 'The intents are deleted, and with them everything that the controller generated.',
    command: 'kubectl delete egressintents --namespace red default red',
    run: async (cluster) => {
      await cluster.remove(intentRef('red'));
      await cluster.remove(intentRef('default'));
    },
    intents: [],
  },
];
