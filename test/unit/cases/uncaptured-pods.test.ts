// Pods that keep calls from a sidecar proxy, in many spellings: Effective and Ready are False, with the pod and the cause.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { compiled } from '../../support/compiler.ts';
import { meshConfig } from '../../support/cluster-objects.ts';
import type { Status } from '../../../src/domain/egress-intent/status.ts';

const CASES = join(import.meta.dirname, '../../cases');
const objectsOf = (name: string): readonly unknown[] =>
  parseAllDocuments(readFileSync(join(CASES, `${name}.yaml`), 'utf8')).map((one): unknown => one.toJS());

const conditionOf = (status: Status | undefined, wanted: string): string => {
  const found = status?.conditions?.find(({ type }) => type === wanted);
  return `${found?.status} ${found?.reason}`;
};
const messageOf = (status: Status | undefined): string =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';

describe('case', () => {
  test('11-gateway-pod is told that no Sidecar applies to a gateway', () => {
    const status = compiled(objectsOf('11-gateway-pod'), 'mid').statuses['gw'];
    expect([conditionOf(status, 'Effective'), conditionOf(status, 'Ready')]).toEqual([
      'False Gateway',
      'False NotEffective',
    ]);
    expect(messageOf(status)).toMatch(/pod gw-1, because Istio applies no Sidecar to a gateway/);
  });

  test('30-exclude-outbound names the workload on the host network and the annotation of the pod', () => {
    const status = compiled(objectsOf('30-exclude-outbound'), 'red').statuses['web'];
    expect(conditionOf(status, 'Ready')).toBe('False NotEffective');
    expect(messageOf(status)).toMatch(/pod Deployment\/web, .* hostNetwork/);
    expect(messageOf(status)).toMatch(
      /calls of pod web-1 bypass .* traffic\.sidecar\.istio\.io\/excludeOutboundPorts: "443"/,
    );
  });

  test.each([
    ['done', 'Unknown NoPods', 'True NoPods', /no pod has the labels app=done/],
    ['hostnet', 'False HostNetwork', 'False NotEffective', /hostnet-1.*hostNetwork/],
    ['excl', 'False Bypassed', 'False NotEffective', /excl-1 .*excludeOutboundPorts: "443,5432"/],
    ['none', 'False Bypassed', 'False NotEffective', /none-1 .*interceptionMode: "NONE"/],
    ['gone', 'Unknown NoPods', 'True NoPods', /no pod has the labels app=gone/],
  ])('64-pod-kinds: intent %s', (intent, effective, ready, message) => {
    const status = compiled(objectsOf('64-pod-kinds'), 'red').statuses[intent];
    expect([conditionOf(status, 'Effective'), conditionOf(status, 'Ready')]).toEqual([effective, ready]);
    expect(messageOf(status)).toMatch(message);
  });
});

const INTENT = {
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'red', uid: 'uid-web' },
  spec: { workloadSelector: { matchLabels: { app: 'web' } }, allow: [] },
};

type Marks = {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
  readonly status?: object;
};

const podOf = ({ labels, annotations, spec, status }: Marks): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-1',
    namespace: 'red',
    labels: { app: 'web', ...labels },
    annotations: { 'sidecar.istio.io/status': '{}', ...annotations },
  },
  spec,
  status,
});
const deploymentOf = ({ labels, annotations, spec = {} }: Marks): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'red' },
  spec: { template: { metadata: { labels: { app: 'web', ...labels }, annotations }, spec } },
});
const cronJobOf = (marks: Marks): object => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'web', namespace: 'red' },
  spec: {
    jobTemplate: { spec: { template: Reflect.get(Reflect.get(deploymentOf(marks), 'spec'), 'template') } },
  },
});

const TRAFFIC = 'traffic.sidecar.istio.io';

const VARIANTS: readonly (readonly [string, Marks])[] = [
  ['Bypassed', { annotations: { [`${TRAFFIC}/excludeOutboundIPRanges`]: '0.0.0.0/0' } }],
  ['Bypassed', { annotations: { [`${TRAFFIC}/excludeOutboundIPRanges`]: '169.254.169.254/32' } }],
  ['Bypassed', { annotations: { [`${TRAFFIC}/excludeOutboundPorts`]: '443' } }],
  ['Bypassed', { annotations: { [`${TRAFFIC}/includeOutboundIPRanges`]: '10.0.0.0/8' } }],
  ['Bypassed', { annotations: { [`${TRAFFIC}/includeOutboundIPRanges`]: '' } }],
  ['Bypassed', { annotations: { [`${TRAFFIC}/excludeInterfaces`]: 'net1' } }],
  ['Bypassed', { annotations: { 'sidecar.istio.io/interceptionMode': 'NONE' } }],
  ['Bypassed', { annotations: { 'proxy.istio.io/config': 'interceptionMode: NONE' } }],
  ['Bypassed', { annotations: { 'proxy.istio.io/config': '{"interceptionMode": "NONE"}' } }],
  ['Bypassed', { annotations: { 'inject.istio.io/templates': 'grpc-agent' } }],
  ['Gateway', { annotations: { 'inject.istio.io/templates': 'gateway' } }],
  ['Gateway', { annotations: { 'inject.istio.io/templates': 'custom, gateway' } }],
  ['Gateway', { labels: { 'istio.io/gateway-name': 'gw' } }],
  ['Gateway', { labels: { 'gateway.networking.k8s.io/gateway-name': 'gw' } }],
  ['Gateway', { labels: { 'gateway.istio.io/managed': 'istio.io-gateway-controller' } }],
  ['Gateway', { labels: { 'operator.istio.io/component': 'EgressGateways' } }],
  ['HostNetwork', { spec: { hostNetwork: true } }],
];

describe.each([
  ['a pod', podOf],
  ['the template of a Deployment', deploymentOf],
  ['the template of a CronJob', cronJobOf],
])('%s', (_object, objectOf) => {
  test.each(VARIANTS.map(([reason, marks]) => [reason, JSON.stringify(marks), marks] as const))(
    'is %s with %s',
    (reason, _text, marks) => {
      const status = compiled([INTENT, objectOf(marks)], 'red').statuses['web'];
      expect([conditionOf(status, 'Effective'), conditionOf(status, 'Ready')]).toEqual([
        `False ${reason}`,
        'False NotEffective',
      ]);
    },
  );

  test.each<readonly [string, Marks]>([
    [
      'empty lists of what is excluded',
      {
        annotations: {
          [`${TRAFFIC}/excludeOutboundIPRanges`]: '',
          [`${TRAFFIC}/excludeOutboundPorts`]: '',
          [`${TRAFFIC}/excludeInterfaces`]: ' ',
        },
      },
    ],
    ['every range included', { annotations: { [`${TRAFFIC}/includeOutboundIPRanges`]: '*' } }],
    ['ports that are captured besides', { annotations: { [`${TRAFFIC}/includeOutboundPorts`]: '8443' } }],
    ['inbound calls only', { annotations: { [`${TRAFFIC}/excludeInboundPorts`]: '8080' } }],
    [
      'calls of a virtual machine, which are captured',
      { annotations: { [`${TRAFFIC}/kubevirtInterfaces`]: 'net1' } },
    ],
    ['interception by TPROXY', { annotations: { 'sidecar.istio.io/interceptionMode': 'TPROXY' } }],
    ['other proxy configuration', { annotations: { 'proxy.istio.io/config': 'concurrency: 2' } }],
    ['proxy configuration that is not YAML', { annotations: { 'proxy.istio.io/config': '{' } }],
    ['the template sidecar', { annotations: { 'inject.istio.io/templates': 'sidecar,custom' } }],
    ['its own network', { spec: { hostNetwork: false } }],
  ])('is restricted with %s', (_what, marks) => {
    const status = compiled([INTENT, objectOf(marks)], 'red').statuses['web'];
    expect([conditionOf(status, 'Effective'), conditionOf(status, 'Ready')]).toEqual([
      'True Effective',
      'True Ready',
    ]);
  });
});

test.each(['label', 'annotation'])('a template that turns injection off by %s has no proxy', (where) => {
  const off = { 'sidecar.istio.io/inject': 'false' };
  const marks = where === 'label' ? { labels: off } : { annotations: off };
  const status = compiled([INTENT, deploymentOf(marks)], 'red').statuses['web'];
  expect(conditionOf(status, 'Effective')).toBe('False NoSidecar');
});

test.each([
  ['Succeeded', 'Unknown NoPods'],
  ['Failed', 'Unknown NoPods'],
  ['Running', 'False NoSidecar'],
  ['Pending', 'False NoSidecar'],
])('a pod in phase %s without a proxy gives %s', (phase, expected) => {
  const pod = podOf({ status: { phase } });
  const bare = { ...pod, metadata: { name: 'web-1', namespace: 'red', labels: { app: 'web' } } };
  expect(conditionOf(compiled([INTENT, bare], 'red').statuses['web'], 'Effective')).toBe(expected);
});

const LABELS = { mesh: 'on' };
const namespaceWith = (labels: object): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'red', labels },
});

test.each([
  ['True Effective', LABELS, 'discoverySelectors: [{matchLabels: {mesh: "on"}}]'],
  ['False NotDiscovered', {}, 'discoverySelectors: [{matchLabels: {mesh: "on"}}]'],
  [
    'False NotDiscovered',
    LABELS,
    'discoverySelectors: [{matchExpressions: [{key: mesh, operator: DoesNotExist}]}]',
  ],
  [
    'False NotDiscovered',
    LABELS,
    'discoverySelectors: [{matchLabels: {mesh: "off"}}, {matchLabels: {x: z}}]',
  ],
  ['True Effective', {}, 'rootNamespace: istio-system'],
])('Effective is %s in a namespace with labels %o and %s', (expected, labels, mesh) => {
  const objects = [INTENT, podOf({}), namespaceWith(labels), meshConfig(mesh)];
  expect(conditionOf(compiled(objects, 'red').statuses['web'], 'Effective')).toBe(expected);
});
