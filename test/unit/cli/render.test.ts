// `egress-intent render` as its users have it: files in, objects out.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INTENT, kindsOf, SERVICE, makeDesk, type Desk } from '../../support/cli.ts';

let cli: Desk['cli'];
let file: Desk['file'];
let clear: Desk['clear'];
beforeAll(async () => {
  ({ cli, file, clear } = await makeDesk());
});
afterAll(() => clear());

describe('render', () => {
  test('prints what the controller would write, from standard input', async () => {
    const { code, stdout } = await cli(['render', '-'], INTENT);
    expect({ code, kinds: kindsOf(stdout) }).toEqual({ code: 0, kinds: ['ServiceEntry', 'Sidecar'] });
    expect(stdout).toContain('- red/www.example.com');
    expect(stdout).toContain('- blue/api.blue.svc.cluster.local');
  });

  test('prints a List with -o json', async () => {
    const { stdout } = await cli(['render', '-o', 'json', '-'], INTENT);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'List',
      items: [{ kind: 'ServiceEntry' }, { kind: 'Sidecar' }],
    });
  });

  test('takes folders with all that stands beside the intents, and passes over what it does not need', async () => {
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
    const { code, stdout, stderr } = await cli(['render', '--complete', 'app']);
    expect({ code, stderr, kinds: kindsOf(stdout) }).toEqual({
      code: 0,
      stderr: '',
      kinds: ['ServiceEntry', 'Sidecar'],
    });
  });

  test('gives the same for what kubectl prints of a whole cluster, our own objects included', async () => {
    const first = await cli(['render', '-o', 'json', '-'], INTENT);
    const list = JSON.parse(first.stdout) as { items: unknown[] };
    const second = await cli(
      ['render', '-o', 'json', await file('intent.yaml', INTENT), '-'],
      JSON.stringify(list),
    );
    expect(JSON.parse(second.stdout)).toEqual(list);
  });

  test('uses the platform hosts and the domain of the settings', async () => {
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

  test('lists nothing but what intents grant with --no-platform-host, until one is named again', async () => {
    const none = await cli(['render', '--no-platform-host', '-'], INTENT);
    expect(none.code).toBe(0);
    expect(none.stdout).not.toContain('kube-dns');
    const one = await cli(['render', '--no-platform-host', '--platform-host', 'a/b.c', '-'], INTENT);
    expect(one.stdout).toContain('- a/b.c');
    expect(one.stdout).not.toContain('kube-dns');
  });

  test('puts intents that name no namespace into the one of the flag', async () => {
    const { stdout } = await cli(['render', '-n', 'shop', '-'], INTENT.replace(', namespace: red', ''));
    expect(stdout).toContain('namespace: shop');
  });

  test('is deterministic', async () => {
    const outcomes = await Promise.all([cli(['render', '-'], INTENT), cli(['render', '-'], INTENT)]);
    expect(outcomes[0].stdout).toBe(outcomes[1].stdout);
  });

  test('still prints what is sound when something is not, and exits with 1', async () => {
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
