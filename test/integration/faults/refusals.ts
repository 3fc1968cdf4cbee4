// The API server refuses what is written: a webhook that cannot be called, and a policy that denies a host.
import { eventually, refOf, type Cluster, type KubeObject } from '../../support/cluster.ts';
import { NEW_HOST, type Begun, type Stage } from './stage.ts';

const RULE = {
  operations: ['CREATE', 'UPDATE'],
  apiGroups: ['networking.istio.io'],
  apiVersions: ['*'],
  resources: ['sidecars', 'serviceentries'],
};

const WEBHOOK: KubeObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'nobody-answers' },
  webhooks: [
    {
      name: 'nobody.example.com',
      clientConfig: { url: 'https://127.0.0.1:1/validate' },
      rules: [RULE],
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
};

const POLICY: readonly KubeObject[] = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'not-this-host' },
    spec: {
      matchConstraints: { resourceRules: [{ ...RULE, resources: ['sidecars'] }] },
      validations: [{ expression: `object.spec.egress.all(l, l.hosts.all(h, !h.endsWith('/${NEW_HOST}')))` }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'not-this-host' },
    spec: { policyName: 'not-this-host', validationActions: ['Deny'] },
  },
];

const PROBE: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name: 'probe', namespace: 'green' },
  spec: { egress: [{ hosts: [`green/${NEW_HOST}`] }] },
};

/** Applies the objects, and waits until they are in force, or with the cure until they are not. */
async function refusing(cluster: Cluster, objects: readonly KubeObject[]): Promise<Begun> {
  const isRefused = (): Promise<boolean> =>
    cluster.apply(PROBE, { dryRun: true }).then(
      () => false,
      () => true,
    );
  const until = (wanted: boolean): Promise<void> =>
    eventually(async () => {
      if ((await isRefused()) !== wanted) throw new Error(`it is ${wanted ? 'not' : 'still'} in force`);
    });
  for (const object of objects) await cluster.apply(object);
  await until(true);
  return {
    cure: async () => {
      for (const object of objects.toReversed()) await cluster.remove(refOf(object));
      await until(false);
    },
  };
}

export const withWebhook = ({ cluster }: Stage): Promise<Begun> => refusing(cluster, [WEBHOOK]);
export const withPolicy = ({ cluster }: Stage): Promise<Begun> => refusing(cluster, POLICY);
