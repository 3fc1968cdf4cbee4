// The kit that starts an API server: what its callers rely on. Does not test Kubernetes itself.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, eventually, type Cluster, type KubeObject } from '../../support/cluster.ts';
import { ensureBinaries } from './binaries.ts';
import { kubectl } from './kubectl.ts';
import { startKubernetes, type Kubernetes } from './kubernetes.ts';
import { realParts } from './real-parts.ts';

const READER = 'system:serviceaccount:default:reader';
const START_MS = 60_000;

const configMap = (name: string, owner?: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace: 'default',
    ...(owner === undefined
      ? {}
      : {
          ownerReferences: [
            {
              apiVersion: owner.apiVersion,
              kind: owner.kind,
              name: owner.metadata.name,
              uid: owner.metadata.uid,
            },
          ],
        }),
  },
});
const configMapRef = (name: string) => ({
  apiVersion: 'v1',
  plural: 'configmaps',
  namespace: 'default',
  name,
});

const WIDGET = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.example.com' },
  spec: {
    group: 'test.example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
});

describe.runIf(await realParts(ensureBinaries()))('a real API server', () => {
  let kubernetes: Kubernetes;
  let admin: Cluster;

  beforeAll(async () => {
    kubernetes = await startKubernetes({
      controllerManager: true,
      crds: [WIDGET],
      users: [{ name: READER, groups: ['system:serviceaccounts'] }],
    });
    admin = connect(kubernetes.kubeconfig);
  }, START_MS);

  afterAll(async () => {
    await admin.close();
    await kubernetes.stop();
  });

  test('serves the pinned version to a client that checks its certificate', async () => {
    const { stdout, stderr } = await kubectl(kubernetes.kubeconfig, ['version']);
    expect(stderr).toBe('');
    expect(stdout).toContain('Server Version: v1.36.3');
  });

  test('kubectl reads its standard input and passes on its exit code', async () => {
    const applied = await kubectl(
      kubernetes.kubeconfig,
      ['create', '-f', '-'],
      JSON.stringify(configMap('by-kubectl')),
    );
    const refused = await kubectl(kubernetes.kubeconfig, ['get', 'configmap', 'no-such-map']);
    expect(applied).toEqual({ code: 0, stdout: 'configmap/by-kubectl created\n', stderr: '' });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('not found');
  });

  test('allows a user only what RBAC grants', async () => {
    const rbac = 'rbac.authorization.k8s.io/v1';
    await admin.create({
      apiVersion: rbac,
      kind: 'ClusterRole',
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
    });
    await admin.create({
      apiVersion: rbac,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: 'reader' }],
    });
    const reader = connect(kubernetes.kubeconfigFor(READER));
    try {
      const listed = await eventually(() => reader.list({ apiVersion: 'v1', plural: 'configmaps' }));
      expect(listed.length).toBeGreaterThan(0);
      await expect(reader.create(configMap('by-reader'))).rejects.toMatchObject({ status: 403 });
    } finally {
      await reader.close();
    }
  });

  test('has no kubeconfig for a user that the options do not name', () => {
    expect(() => kubernetes.kubeconfigFor('absent')).toThrow('no user absent');
  });

  test('records each request in the audit log', async () => {
    await admin.create(configMap('audited'));
    const events = await kubernetes.auditEvents();
    expect(
      events.filter(({ objectRef, verb }) => verb === 'create' && objectRef?.name === 'audited'),
    ).toEqual([
      expect.objectContaining({
        user: expect.objectContaining({ username: 'admin' }) as unknown,
        objectRef: expect.objectContaining({ resource: 'configmaps', namespace: 'default' }) as unknown,
        responseStatus: expect.objectContaining({ code: 201 }) as unknown,
      }),
    ]);
  });

  test(
    'garbage-collects an object whose owner, of a custom kind, was deleted',
    async () => {
      const owner = await admin.create({
        apiVersion: 'test.example.com/v1',
        kind: 'Widget',
        metadata: { name: 'owner', namespace: 'default' },
      });
      await admin.create(configMap('owned', owner));
      await admin.remove({ ...configMapRef('owner'), apiVersion: 'test.example.com/v1', plural: 'widgets' });
      await eventually(async () => expect(await admin.get(configMapRef('owned'))).toBeUndefined());
    },
    START_MS,
  );

  test(
    'empties and removes a deleted namespace',
    async () => {
      const namespace = { apiVersion: 'v1', plural: 'namespaces', name: 'short-lived' };
      await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'short-lived' } });
      await admin.remove(namespace);
      // The controller waits 5 s, so that other API servers notice the deletion too.
      await eventually(async () => expect(await admin.get(namespace)).toBeUndefined(), { withinMs: 30_000 });
    },
    START_MS,
  );

  test(
    'answers no request while it is paused, and answers after it is resumed',
    async () => {
      kubernetes.pause();
      let answered = false;
      const answer = admin.list({ apiVersion: 'v1', plural: 'namespaces' }).then((list) => {
        answered = true;
        return list;
      });
      const timedOut = await kubectl(kubernetes.kubeconfig, ['get', '--raw=/readyz', '--request-timeout=1s']);
      expect(timedOut.code).not.toBe(0);
      expect(answered).toBe(false);
      kubernetes.resume();
      expect((await answer).length).toBeGreaterThan(0);
    },
    START_MS,
  );

  test(
    'refuses connections after a crash, and has its data and port again after a restart',
    async () => {
      const written = await admin.create(configMap('survivor'));
      await kubernetes.crash();
      await expect(admin.get(configMapRef('survivor'))).rejects.toThrow('ECONNREFUSED');
      await kubernetes.restart();
      expect((await admin.get(configMapRef('survivor')))?.metadata.uid).toBe(written.metadata.uid);
    },
    START_MS,
  );
});

describe.runIf(await realParts(ensureBinaries()))('an API server that cannot start', () => {
  test(
    'fails with the end of its log',
    async () => {
      await expect(startKubernetes({ bindAddress: '192.0.2.254' })).rejects.toThrow(
        /kube-apiserver ended before it was ready[^]*192\.0\.2\.254/,
      );
    },
    START_MS,
  );
});
