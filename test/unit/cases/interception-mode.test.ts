// `interceptionMode` of MeshConfig and of pods, with which calls do not reach the proxy: a pod's own word comes before that of the mesh.
import { describe, expect, test } from 'vitest';
import { compiled } from '../../support/compiler.ts';
import { meshConfig } from '../../support/cluster-objects.ts';

type Annotations = Readonly<Record<string, string>>;

const INTENT = {
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'red', uid: 'uid-web' },
  spec: { workloadSelector: { matchLabels: { app: 'web' } }, allow: [] },
};

const podWith = (annotations: Annotations): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-1',
    namespace: 'red',
    labels: { app: 'web' },
    annotations: { 'sidecar.istio.io/status': '{}', ...annotations },
  },
});

const deploymentWith = (annotations: Annotations): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'red' },
  spec: { template: { metadata: { labels: { app: 'web' }, annotations } } },
});

/** The condition `Effective` of the intent, and its message. */
function effectiveWith(...objects: readonly object[]): readonly [state: string, message: string] {
  const { conditions = [] } = compiled([INTENT, ...objects], 'red').statuses['web'] ?? {};
  const { status, reason, message = '' } = conditions.find(({ type }) => type === 'Effective') ?? {};
  return [`${status} ${reason}`, message];
}

const NONE = meshConfig('defaultConfig: {interceptionMode: NONE}');
const MODE = 'sidecar.istio.io/interceptionMode';
const PROXY_CONFIG = 'proxy.istio.io/config';

describe('a mesh that keeps calls from proxies by default', () => {
  test.each([
    'defaultConfig: {interceptionMode: NONE}',
    'defaultConfig: {interception_mode: NONE}',
    'defaultConfig: {interceptionMode: 2}',
  ])('%s: no pod is restricted', (mesh) => {
    const [effective, message] = effectiveWith(podWith({}), meshConfig(mesh));
    expect(effective).toBe('False Bypassed');
    expect(message).toMatch(/every call of pod web-1 bypasses .* ConfigMap istio-system\/istio .*: REDIRECT/);
  });

  test.each([
    'defaultConfig: {interceptionMode: REDIRECT}',
    'defaultConfig: {interceptionMode: TPROXY}',
    'defaultConfig: {interceptionMode: null}',
    'interceptionMode: NONE',
  ])('%s: a pod is restricted', (mesh) => {
    expect(effectiveWith(podWith({}), meshConfig(mesh))[0]).toBe('True Effective');
  });

  describe.each([
    ['a pod', podWith],
    ['the template of a Deployment', deploymentWith],
  ])('%s', (_what, objectWith) => {
    test.each([
      [{}],
      [{ [PROXY_CONFIG]: 'concurrency: 2' }],
      [{ [PROXY_CONFIG]: 'interceptionMode: null' }],
      [{ [MODE]: 'NONE' }],
    ])('with %o is not restricted', (annotations) => {
      expect(effectiveWith(objectWith(annotations), NONE)[0]).toBe('False Bypassed');
    });

    test.each([
      [{ [MODE]: 'REDIRECT' }],
      [{ [MODE]: 'TPROXY' }],
      [{ [PROXY_CONFIG]: 'interceptionMode: REDIRECT' }],
      [{ [PROXY_CONFIG]: 'interceptionMode: 1' }],
      [{ [MODE]: 'REDIRECT', [PROXY_CONFIG]: 'interceptionMode: NONE' }],
    ])('with %o is restricted', (annotations) => {
      expect(effectiveWith(objectWith(annotations), NONE)[0]).toBe('True Effective');
    });
  });

  test('a pod that keeps calls itself is told about its annotation', () => {
    const [effective, message] = effectiveWith(podWith({ [MODE]: 'NONE' }), NONE);
    expect(effective).toBe('False Bypassed');
    expect(message).toMatch(/because of its annotation sidecar\.istio\.io\/interceptionMode/);
    expect(message).not.toMatch(/ConfigMap/);
  });

  test('of two revisions, one is enough', () => {
    const canary = meshConfig('defaultConfig: {interceptionMode: NONE}', 'istio-canary');
    expect(effectiveWith(podWith({}), meshConfig(''), canary)[0]).toBe('False Bypassed');
  });

  test('a pod on the network of its node is told about that', () => {
    const pod = { ...podWith({}), spec: { hostNetwork: true } };
    expect(effectiveWith(pod, NONE)[0]).toBe('False HostNetwork');
  });
});

test.each([
  ['True Effective', { [MODE]: 'REDIRECT', [PROXY_CONFIG]: 'interceptionMode: NONE' }],
  ['False Bypassed', { [MODE]: 'NONE', [PROXY_CONFIG]: 'interceptionMode: REDIRECT' }],
])('of two annotations that name a mode, that for it alone decides: %s', (expected, annotations) => {
  expect(effectiveWith(podWith(annotations))[0]).toBe(expected);
});
