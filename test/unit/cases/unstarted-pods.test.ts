// Workloads in files whose pods would get no sidecar proxy: `validate` says so, as a status does once their pods run.
import { afterAll, describe, expect, test } from 'vitest';
import { makeCliFolder } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

type Marks = Readonly<Record<string, string>>;

const INTENT = {
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'red' },
  spec: { workloadSelector: { matchLabels: { app: 'web' } }, allow: [] },
};
const namespaceOf = (labels: Marks, name = 'red'): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const templateOf = (labels: Marks, annotations: Marks): object => ({
  metadata: { labels: { app: 'web', ...labels }, annotations },
  spec: {},
});
const WORKLOADS: Readonly<Record<string, (template: object) => object>> = {
  Deployment: (template) => ({ apiVersion: 'apps/v1', kind: 'Deployment', spec: { template } }),
  StatefulSet: (template) => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { template } }),
  DaemonSet: (template) => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', spec: { template } }),
  Job: (template) => ({ apiVersion: 'batch/v1', kind: 'Job', spec: { template } }),
  CronJob: (template) => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    spec: { jobTemplate: { spec: { template } } },
  }),
  Rollout: (template) => ({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', spec: { template } }),
};
const workloadOf = (kind: string, labels: Marks, annotations: Marks): object => ({
  ...WORKLOADS[kind]?.(templateOf(labels, annotations)),
  metadata: { name: 'web', namespace: 'red' },
});

/** The codes of the findings, with and without `--complete`. */
async function codesOf(objects: readonly object[]): Promise<readonly (readonly string[])[]> {
  const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  return Promise.all(
    [
      ['validate', '-'],
      ['validate', '--complete', '-'],
    ].map(async (args) => {
      const { stdout, code } = await cli(args, input);
      expect(code).toBe(0);
      return stdout.split('\n').flatMap((line) => /: warning: .*\[(\w+)\]$/.exec(line)?.[1] ?? []);
    }),
  );
}

/** Labels of the namespace, labels and annotations of the pod template, and the finding. */
const VARIANTS: readonly (readonly [Marks, Marks, Marks, string | undefined])[] = [
  [{}, {}, {}, 'NoSidecar'],
  [{ team: 'a' }, {}, {}, 'NoSidecar'],
  [{ 'istio-injection': 'enabled' }, {}, {}, undefined],
  [{ 'istio-injection': 'disabled' }, {}, {}, 'NoSidecar'],
  [{ 'istio-injection': 'true' }, {}, {}, 'NoSidecar'],
  [{ 'istio-injection': 'disabled' }, { 'sidecar.istio.io/inject': 'true' }, {}, 'NoSidecar'],
  [{ 'istio-injection': 'disabled', 'istio.io/rev': 'stable' }, {}, {}, 'NoSidecar'],
  [{ 'istio.io/rev': 'stable' }, {}, {}, undefined],
  [{}, { 'sidecar.istio.io/inject': 'true' }, {}, undefined],
  [{}, { 'istio.io/rev': 'stable' }, {}, undefined],
  [{}, {}, { 'sidecar.istio.io/inject': 'true' }, 'NoSidecar'],
  [{ 'istio-injection': 'enabled' }, { 'sidecar.istio.io/inject': 'false' }, {}, 'NoSidecar'],
  [{ 'istio-injection': 'enabled' }, {}, { 'sidecar.istio.io/inject': 'false' }, 'NoSidecar'],
  [
    { 'istio-injection': 'enabled' },
    { 'sidecar.istio.io/inject': 'true' },
    { 'sidecar.istio.io/inject': 'false' },
    undefined,
  ],
  [{}, {}, { 'sidecar.istio.io/status': '{}' }, undefined],
  [{ 'istio.io/dataplane-mode': 'ambient' }, {}, {}, 'Ambient'],
  [{ 'istio.io/dataplane-mode': 'ambient' }, { 'istio.io/dataplane-mode': 'none' }, {}, 'NoSidecar'],
  [{ 'istio.io/dataplane-mode': 'ambient', 'istio-injection': 'enabled' }, {}, {}, undefined],
  [{}, { 'istio.io/dataplane-mode': 'ambient' }, {}, 'Ambient'],
];

describe.each(Object.keys(WORKLOADS))('%s', (kind) => {
  test.each(VARIANTS)('namespace %j, template %j %j: %s', async (ofNamespace, labels, annotations, code) => {
    const expected = code === undefined ? [] : [code];
    const workload = workloadOf(kind, labels, annotations);
    const objects = [namespaceOf(ofNamespace), workload, INTENT];
    expect(await codesOf(objects)).toEqual([expected, expected]);
    expect(await codesOf(objects.toReversed())).toEqual([expected, expected]);
  });
});

const inSystem = (object: object): object => ({
  ...object,
  metadata: { name: 'web', namespace: 'kube-system' },
});

const running = (labels: Marks): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'db-1',
    namespace: 'red',
    labels: { app: 'db', ...labels },
    annotations: { 'sidecar.istio.io/status': '{}' },
  },
});

test('a system namespace gets no sidecar proxy whatever its labels', async () => {
  const objects = [inSystem(workloadOf('Deployment', {}, {})), inSystem(INTENT)];
  const labelled = namespaceOf({ 'istio-injection': 'enabled' }, 'kube-system');
  expect(await codesOf([labelled, ...objects])).toEqual([['NoSidecar'], ['NoSidecar']]);
});

test('nothing is said of a workload whose Namespace is not in the input', async () => {
  expect(await codesOf([workloadOf('Deployment', {}, {}), INTENT])).toEqual([[], []]);
});

test('a running pod that nobody asked a proxy for shows that the mesh injects by default', async () => {
  const rest = [namespaceOf({}), workloadOf('Deployment', {}, {}), INTENT];
  expect(await codesOf([running({}), ...rest])).toEqual([[], []]);
  expect(await codesOf([running({ 'sidecar.istio.io/inject': 'true' }), ...rest])).toEqual([
    ['NoSidecar'],
    ['NoSidecar'],
  ]);
});

/** Labels of the namespace and of the template, the advice, and the labels of whoever follows it. */
const ADVICE: readonly (readonly [Marks, Marks, string, Marks, Marks])[] = [
  [{}, {}, 'give the namespace the label istio-injection: enabled', { 'istio-injection': 'enabled' }, {}],
  [{ 'istio-injection': 'disabled' }, {}, 'set it to enabled', { 'istio-injection': 'enabled' }, {}],
  [
    { 'istio-injection': 'disabled', 'istio.io/rev': 'stable' },
    {},
    'or remove it if the namespace has istio.io/rev',
    { 'istio.io/rev': 'stable' },
    {},
  ],
  [
    { 'istio-injection': 'enabled' },
    { 'sidecar.istio.io/inject': 'false' },
    'leave sidecar.istio.io/inject: "false" out of the pod template',
    { 'istio-injection': 'enabled' },
    {},
  ],
];

test.each(ADVICE)(
  'namespace %j, template %j: the advice helps: %s',
  async (ofNamespace, labels, advice, correctedNamespace, correctedLabels) => {
    const objects = [namespaceOf(ofNamespace), workloadOf('Deployment', labels, {}), INTENT];
    const { stdout } = await cli(
      ['validate', '-'],
      objects.map((object) => JSON.stringify(object)).join('\n---\n'),
    );
    expect(stdout).toContain(advice);
    expect(
      await codesOf([namespaceOf(correctedNamespace), workloadOf('Deployment', correctedLabels, {}), INTENT]),
    ).toEqual([[], []]);
  },
);

test('nobody is advised to label a system namespace', async () => {
  const objects = [
    namespaceOf({}, 'kube-system'),
    inSystem(workloadOf('Deployment', {}, {})),
    inSystem(INTENT),
  ];
  const { stdout } = await cli(
    ['validate', '-'],
    objects.map((object) => JSON.stringify(object)).join('\n---\n'),
  );
  expect(stdout).toContain('run them in another one');
  expect(stdout).not.toContain('istio-injection');
});
