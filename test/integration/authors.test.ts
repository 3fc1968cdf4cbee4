// The roles of deploy/authors.yaml on a real API server: what users with `view` and `edit` in a namespace may do with intents, and nothing more.
import { HttpMethod } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import { startKubernetes, type Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { connect, type Cluster, type KubeObject } from '../support/cluster.ts';
import { authorRoles, crdText } from '../support/deploy.ts';
import { namespaceObject } from '../support/story.ts';

const ROLES = ['view', 'edit', 'admin'] as const;
const groups = ['system:authenticated'];
const userWith = (role: string): string => `user-with-${role}`;
const INTENTS = '/apis/egressintent.io/v1alpha1/namespaces/red/egressintents';

const intent = (name: string): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'red' },
  spec: { allow: [] },
});

/** Binds the user of a role to what is added to that role: no controller that adds it up runs here. */
const bindingsOf = (role: (typeof ROLES)[number], roles: readonly KubeObject[]): readonly KubeObject[] =>
  roles
    .filter(({ metadata }) => metadata.labels?.[`rbac.authorization.k8s.io/aggregate-to-${role}`] === 'true')
    .map(({ metadata: { name } }) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: `${role}-${name}`, namespace: 'red' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: userWith(role) }],
    }));

describe.runIf(await realParts(ensureBinaries()))('authors of intents', () => {
  let kubernetes: Kubernetes;
  let administrator: Cluster;
  const users = new Map<string, Cluster>();

  beforeAll(async () => {
    kubernetes = await startKubernetes({
      crds: [await crdText()],
      users: ROLES.map((role) => ({ name: userWith(role), groups })),
    });
    administrator = connect(kubernetes.kubeconfig);
    const roles = await authorRoles();
    const bindings = ROLES.flatMap((role) => bindingsOf(role, roles));
    for (const object of [namespaceObject('red'), namespaceObject('blue'), ...roles, ...bindings]) {
      // oxlint-disable-next-line no-await-in-loop -- a binding follows its role
      await administrator.apply(object);
    }
    for (const role of ROLES) users.set(role, connect(kubernetes.kubeconfigFor(userWith(role))));
  });
  afterAll(async () => {
    await Promise.all([administrator, ...users.values()].map((each) => each.close()));
    await kubernetes.stop();
  });

  const statusOf = async (
    user: string,
    method: HttpMethod,
    path: string,
    body?: object,
  ): Promise<number | undefined> =>
    (await users.get(user)?.send(method, path, body, body && contentTypes[method]))?.status;

  const contentTypes: Readonly<Partial<Record<HttpMethod, string>>> = {
    [HttpMethod.PATCH]: 'application/merge-patch+json',
  };

  test.each([
    ['view', 403],
    ['edit', 201],
    ['admin', 201],
  ])('%s creates with %i', async (user, created) => {
    expect(await statusOf(user, HttpMethod.POST, INTENTS, intent(`of-${user}`))).toBe(created);
  });

  test.each(ROLES)('%s reads the intents of its namespace only', async (user) => {
    expect(await statusOf(user, HttpMethod.GET, INTENTS)).toBe(200);
    expect(await statusOf(user, HttpMethod.GET, INTENTS.replace('/red/', '/blue/'))).toBe(403);
    expect(await statusOf(user, HttpMethod.GET, '/apis/egressintent.io/v1alpha1/egressintents')).toBe(403);
  });

  test.each([
    ['view', 403],
    ['edit', 200],
    ['admin', 200],
  ])('%s changes and deletes with %i, and never writes a status', async (user, expected) => {
    await administrator.apply(intent(`for-${user}`) as KubeObject);
    const path = `${INTENTS}/for-${user}`;
    const change = { spec: { mode: 'Audit' } };
    expect(await statusOf(user, HttpMethod.PATCH, path, change)).toBe(expected);
    expect(await statusOf(user, HttpMethod.PATCH, `${path}/status`, { status: {} })).toBe(403);
    expect(await statusOf(user, HttpMethod.DELETE, path)).toBe(expected);
  });
});
