// The roles for authors of intents and the PodMonitor that deploy/ ships fit the API and the Deployment.
import { describe, expect, test } from 'vitest';
import { API_GROUP, PLURAL } from '../../src/domain/api-group.ts';
import { authorRoles, manifests, podMonitors } from '../support/deploy.ts';

type Rule = Readonly<Record<'apiGroups' | 'resources' | 'verbs', readonly string[]>>;
type Role = {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly rules: readonly Rule[];
};

const roles = (await authorRoles()) as unknown as readonly Role[];

describe('deploy/authors.yaml', () => {
  test.each([
    ['view', ['get', 'list', 'watch']],
    ['edit', ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']],
    ['admin', ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']],
  ])('adds to the role %s', (name, verbs) => {
    const added = roles.filter(
      ({ metadata }) => metadata.labels[`rbac.authorization.k8s.io/aggregate-to-${name}`] === 'true',
    );
    const rules = added.flatMap((role) => role.rules);
    expect(rules.flatMap((rule) => rule.verbs).toSorted()).toEqual(verbs);
    expect(new Set(rules.flatMap(({ apiGroups, resources }) => [...apiGroups, ...resources]))).toEqual(
      new Set([API_GROUP, PLURAL]),
    );
  });
});

describe('deploy/monitoring/podmonitor.yaml', () => {
  type Workload = {
    readonly metadata: { readonly namespace: string };
    readonly spec: {
      readonly template: {
        readonly metadata: { readonly labels: Readonly<Record<string, string>> };
        readonly spec: {
          readonly containers: readonly { readonly ports: readonly { readonly name: string }[] }[];
        };
      };
    };
  };
  type Monitor = {
    readonly metadata: { readonly namespace: string };
    readonly spec: {
      readonly jobLabel: string;
      readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly podMetricsEndpoints: readonly { readonly port: string; readonly path: string }[];
    };
  };

  test('selects the pods of the Deployment and a port that they have', async () => {
    const [monitor] = (await podMonitors()) as unknown as readonly Monitor[];
    const [workload] = (await manifests()).filter(
      ({ kind }) => kind === 'Deployment',
    ) as unknown as readonly Workload[];
    const { labels } = workload?.spec.template.metadata ?? { labels: {} };
    expect(monitor?.metadata.namespace).toBe(workload?.metadata.namespace);
    expect(labels).toMatchObject(monitor?.spec.selector.matchLabels ?? { none: '' });
    expect(labels).toHaveProperty([monitor?.spec.jobLabel ?? '']);
    const ports = workload?.spec.template.spec.containers.flatMap((container) => container.ports) ?? [];
    expect(monitor?.spec.podMetricsEndpoints).toEqual([{ port: 'metrics', path: '/metrics' }]);
    expect(ports.map(({ name }) => name)).toContain('metrics');
  });
});
