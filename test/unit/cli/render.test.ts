// `egress-intent render`: files in, objects out.
import { afterAll, describe, expect, test } from 'vitest';
import { INTENT, kindsOf, makeCliFolder, SERVICE } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli, file } = folder;
afterAll(() => folder.remove());

const grantingHost = (
  name: string,
  timestamp: string,
  protocol: string,
): string => `apiVersion: egressintent.io/v1alpha1
kind: EgressIntent
metadata: {name: ${name}, namespace: red${timestamp}}
spec: {workloadSelector: {matchLabels: {app: web}}, allow: [{host: www.example.com, ports: [{port: 443, protocol: ${protocol}}]}]}
`;

const intent = (name: string, labels: string): string =>
  `apiVersion: egressintent.io/v1alpha1\nkind: EgressIntent\nmetadata: {name: ${name}, namespace: red}\n` +
  `spec: {workloadSelector: {matchLabels: ${labels}}, allow: [{host: ${name}.example.com}]}\n---\n`;

describe('render', () => {
  test('prints what the controller would write, from standard input', async () => {
    const { code, stdout } = await cli(['render', '-'], INTENT);
    expect({ code, kinds: kindsOf(stdout) }).toEqual({ code: 0, kinds: ['ServiceEntry', 'Sidecar'] });
    expect(stdout).toContain('- red/www.example.com');
    expect(stdout).toContain('- blue/api.blue.svc.cluster.local');
  });

  test.each([
    ['--istio-version', '9', 'is not a supported version'],
    ['--cluster-domain', '-', 'is not a valid DNS name'],
    ['--platform-host', 'kube-dns', 'is not namespace/host'],
    ['--cluster-cidr', '::/0', 'is not a CIDR range'],
  ])('names the flag %s and its value if that is wrong', async (flag, value, problem) => {
    const { code, stderr } = await cli(['render', `${flag}=${value}`, '-'], INTENT);
    expect(code).toBe(2);
    expect(stderr).toContain(`${flag} ${value}: ${problem}`);
  });

  describe('of two intents that may select the same pod', () => {
    const workload = `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: red, labels: {app: web, tier: x}}\n`;
    const web = intent('web', '{app: web}');

    test.each([
      ['warns that a pod of both would get the grants of one', `${web}${intent('x', '{tier: x}')}`, 1],
      ['merges them for a pod in the input', `${web}${intent('x', '{tier: x}')}${workload}`, 0],
      ['says nothing where no pod can match both', `${web}${intent('api', '{app: api}')}`, 0],
      [
        'says nothing where one selects a part of the pods of the other',
        `${web}${intent('x', '{app: web, tier: x}')}`,
        0,
      ],
    ])('%s', async (_what, input, warnings) => {
      const { code, stderr } = await cli(['render', '-'], input);
      expect(code).toBe(0);
      expect(stderr.split('[PodsNotInInput]')).toHaveLength(warnings + 1);
      expect((await cli(['render', '--managed', '-'], input)).stderr).not.toContain('PodsNotInInput');
    });
  });

  test('prints a List with -o json', async () => {
    const { stdout } = await cli(['render', '-o', 'json', '-'], INTENT);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'List',
      items: [{ kind: 'ServiceEntry' }, { kind: 'Sidecar' }],
    });
  });

  test('reads every object in a folder and ignores the kinds that it does not need', async () => {
    await file('app/a-intent.yaml', INTENT);
    await file(
      'app/deep/b-service.yml',
      `${SERVICE}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n`,
    );
    await file(
      'app/deployment.json',
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'red' },
        spec: { template: { metadata: { labels: { app: 'web', tier: 'x' } } } },
      }),
    );
    await file('app/notes.txt', 'not yaml: [');
    const { code, stdout, stderr } = await cli(['render', '--complete', folder.path('app')]);
    expect({ code, stderr, kinds: kindsOf(stdout) }).toEqual({
      code: 0,
      stderr: '',
      kinds: ['ServiceEntry', 'Sidecar'],
    });
  });

  test('leaves out what a controller would take for its own, unless --managed', async () => {
    const [plain, managed] = await Promise.all([
      cli(['render', '-'], INTENT),
      cli(['render', '--managed', '-'], INTENT),
    ]);
    const marks = ['app.kubernetes.io/managed-by: egress-intent', 'egressintent.io/intents: web'];
    expect(marks.map((mark) => plain.stdout.includes(mark))).toEqual([false, false]);
    expect(marks.map((mark) => managed.stdout.includes(mark))).toEqual([true, true]);
  });

  test.each([[[]], [['--managed']]])(
    'renders the same from a List that holds the managed objects already: %j',
    async (flags) => {
      const live = await cli(['render', '--managed', '-o', 'json', '-'], INTENT);
      const first = await cli(['render', ...flags, '-o', 'json', '-'], INTENT);
      const second = await cli(
        ['render', ...flags, '-o', 'json', await file('intent.yaml', INTENT), '-'],
        live.stdout,
      );
      expect(JSON.parse(second.stdout)).toEqual(JSON.parse(first.stdout));
    },
  );

  test('with --managed keeps the name of a live Sidecar, and what an invalid intent has', async () => {
    const live = await cli(['render', '--managed', '-'], INTENT);
    const renamed = live.stdout.replace(/name: (.*-web-[0-9a-f]+)\n/, 'name: $1-7\n');
    expect(renamed).not.toBe(live.stdout);
    const kept = await cli(['render', '--managed', '-'], `${INTENT}---\n${renamed}`);
    expect(kept.stdout).toBe(renamed);
    const invalid = await cli(
      ['render', '--managed', '-'],
      `${INTENT.replace('spec:', 'spec:\n  mode: Off')}---\n${renamed}`,
    );
    expect(kindsOf(invalid.stdout)).toEqual(['ServiceEntry', 'Sidecar']);
    expect(invalid.stdout).toMatch(/name: .*-web-[0-9a-f]+-7\n/);
  });

  test('an intent of a file without a timestamp is younger than those of the cluster', async () => {
    const input = [
      grantingHost('a-new', '', 'HTTP'),
      grantingHost('b-live', ', creationTimestamp: "2026-01-01T00:00:00Z"', 'TLS'),
    ].join('---\n');
    const { stdout, stderr } = await cli(['render', '-'], input);
    expect(stdout).toContain('protocol: TLS');
    expect(stderr).toContain('<stdin>:4:61: error: EgressIntent red/a-new: ');
  });

  test('takes the platform hosts and the cluster domain from flags', async () => {
    const { stdout } = await cli(
      [
        'render',
        '--platform-host',
        'istio-system/*',
        '--platform-host',
        'a/b.c',
        '--cluster-domain',
        'corp.internal',
        '-',
      ],
      INTENT,
    );
    expect(stdout).toContain('- istio-system/*');
    expect(stdout).toContain('- a/b.c');
    expect(stdout).toContain('- blue/api.blue.svc.corp.internal');
    expect(stdout).not.toContain('kube-dns');
  });

  test('lists only what intents grant with --no-platform-host, until --platform-host adds a host', async () => {
    const none = await cli(['render', '--no-platform-host', '-'], INTENT);
    expect(none.code).toBe(0);
    expect(none.stdout).not.toContain('kube-dns');
    const added = await cli(['render', '--no-platform-host', '--platform-host', 'a/b.c', '-'], INTENT);
    expect(added.stdout).toContain('- a/b.c');
    expect(added.stdout).not.toContain('kube-dns');
  });

  test('uses the namespace of --namespace for intents that name none', async () => {
    const { stdout } = await cli(['render', '-n', 'shop', '-'], INTENT.replace(', namespace: red', ''));
    expect(stdout).toContain('namespace: shop');
  });

  test('prints the same bytes for the same input', async () => {
    const outcomes = await Promise.all([cli(['render', '-'], INTENT), cli(['render', '-'], INTENT)]);
    expect(outcomes[0].stdout).toBe(outcomes[1].stdout);
  });

  test('prints the objects of the valid entries where another entry is invalid, and exits with 1', async () => {
    const { code, stdout, stderr } = await cli(
      ['render', '-'],
      INTENT.replace('www.example.com', 'api.red.svc'),
    );
    expect({ code, kinds: kindsOf(stdout) }).toEqual({ code: 1, kinds: ['Sidecar'] });
    expect(stderr).toContain(
      '<stdin>:7:5: error: EgressIntent red/web: spec.allow[0]: api.red.svc is a name',
    );
  });
});

test('render of intents in mode Audit says why it prints nothing', async () => {
  const { code, stdout, stderr } = await cli(
    ['render', '-'],
    INTENT.replace('spec:\n', 'spec:\n  mode: Audit\n'),
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain('mode Audit restricts nothing, so there is nothing to write');
  const enforced = await cli(['render', '-'], INTENT);
  expect(enforced.stderr).not.toContain('mode Audit');
  expect(enforced.stdout).not.toContain('labels: {}');
});
