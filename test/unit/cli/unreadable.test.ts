// Objects of the input that cannot be read are findings with their position, never passed over.
import { afterAll, describe, expect, test } from 'vitest';
import { makeCliFolder } from '../../support/cli.ts';

const { cli, remove } = await makeCliFolder();
afterAll(() => remove());

const document = (apiVersion: string, kind: string, rest: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a, namespace: pay}\n${rest}\n`;
const ISTIO = 'networking.istio.io/v1';

describe('validate reports an unreadable', () => {
  test.each([
    [
      'v1',
      'Service',
      'spec:\n  ports:\n  - port: "80"',
      '6:5',
      'spec.ports[0].port: must be of type number, not string',
    ],
    ['v1', 'Service', 'spec:\n  ports: 80', '5:3', 'spec.ports: must be of type array, not number'],
    ['v1', 'Service', '', '1:1', 'spec: is missing'],
    [
      ISTIO,
      'ServiceEntry',
      'spec: {hosts: www.example.com}',
      '4:8',
      'spec.hosts: must be of type array, not string',
    ],
    [
      ISTIO,
      'ServiceEntry',
      'spec: {hosts: [null]}',
      '4:16',
      'spec.hosts[0]: must be of type string, not null',
    ],
    [
      ISTIO,
      'VirtualService',
      'spec:\n  http:\n  - route: [{}]',
      '6:13',
      'spec.http[0].route[0].destination: is missing',
    ],
    [ISTIO, 'DestinationRule', 'spec: {}', '4:1', 'spec.host: is missing'],
    [
      ISTIO,
      'Sidecar',
      'spec: {egress: [{hosts: 5}]}',
      '4:18',
      'spec.egress[0].hosts: must be of type array, not number',
    ],
    [
      'security.istio.io/v1',
      'AuthorizationPolicy',
      'spec: {selector: web}',
      '4:8',
      'spec.selector: must be of type object, not string',
    ],
    [
      'telemetry.istio.io/v1',
      'Telemetry',
      'spec: {tracing: {}}',
      '4:8',
      'spec.tracing: must be of type array, not object',
    ],
    [
      'apps/v1',
      'Deployment',
      'spec: {template: {metadata: {labels: {app: 5}}}}',
      '4:39',
      'spec.template.metadata.labels.app: must be of type string, not number',
    ],
  ])('%s %s: %j', async (apiVersion, kind, rest, position, problem) => {
    const { code, stdout } = await cli(['validate', '-'], document(apiVersion, kind, rest));
    expect(stdout).toBe(
      `<stdin>:${position}: error: ${kind} pay/a: ${problem.replace(': ', ': cannot be read: ')} [UnreadableObject]\n`,
    );
    expect(code).toBe(1);
  });

  test('MeshConfig, at its text, and says so at each intent too', async () => {
    const input = `apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data:
  mesh: "rootNamespace: [a]"
---
apiVersion: egressintent.io/v1alpha1
kind: EgressIntent
metadata: { name: web, namespace: red }
spec: { allow: [] }
`;
    const { code, stdout } = await cli(['validate', '-'], input);
    const problem = 'data.mesh.rootNamespace: cannot be read: must be of type string, not array';
    expect(stdout.split('\n')).toEqual([
      `<stdin>:5:3: error: ConfigMap istio-system/istio: ${problem} [UnreadableObject]`,
      expect.stringMatching(
        /^<stdin>:10:1: warning: EgressIntent red\/web: spec: .*defaults.* \[MeshConfigUnreadable\]$/,
      ),
      '',
    ]);
    expect(code).toBe(1);
  });

  test.each([
    ['a kind that is nobody’s', document('example.com/v1', 'Thing', 'spec: {template: 5}')],
    ['a kind of another group', document('example.com/v1', 'Service', 'spec: 5')],
    ['a revision of a workload', document('apps/v1', 'ControllerRevision', 'revision: 1')],
    ['a ConfigMap that is not of istiod', document('v1', 'ConfigMap', 'data: {mesh: "a: ["}')],
  ])('but nothing about %s', async (_what, input) => {
    expect(await cli(['validate', '-'], input)).toMatchObject({ code: 0, stdout: '' });
  });

  test('name with its control characters escaped', async () => {
    const { stdout } = await cli(
      ['validate', '-'],
      'apiVersion: v1\nkind: Service\nmetadata: {name: "a\\e[1m"}\n',
    );
    expect(stdout).toMatch(/Service default\/a\\u\{1b\}\[1m: .*cannot be read/);
  });
});
