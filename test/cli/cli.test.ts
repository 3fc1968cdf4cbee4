// The binary as its users have it: files in, text and an exit code out.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'egress-intent-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function cli(args: readonly string[], stdin = ''): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder });
  child.stdin.end(stdin);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => void child.once('close', resolve)),
  ]);
  return { code, stdout, stderr };
}

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return name;
}

const INTENT = `apiVersion: egressintent.io/v1alpha1
kind: EgressIntent
metadata: {name: web, namespace: red}
spec:
  workloadSelector: {matchLabels: {app: web}}
  allow:
  - host: www.example.com
  - service: {name: api, namespace: blue}
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: api, namespace: blue}
spec: {clusterIP: 10.96.0.3, ports: [{port: 80, name: http}]}
`;

const kindsOf = (yaml: string): readonly string[] =>
  parseAllDocuments(yaml).map((document) => (document.toJS() as { kind: string }).kind);

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
      INTENT.replace('www.example.com', '"*.example.com"'),
    );
    expect({ code, kinds: kindsOf(stdout) }).toEqual({ code: 1, kinds: ['Sidecar'] });
    expect(stderr).toContain('<stdin>:7:5: error: EgressIntent red/web: spec.allow[0]: a wildcard host');
  });
});

describe('validate', () => {
  test('is silent and content with a sound intent', async () => {
    expect(await cli(['validate', '-'], `${INTENT}---\n${SERVICE}`)).toEqual({
      code: 0,
      stdout: '',
      stderr: '1 intents, 0 errors\n',
    });
  });

  test('says where every mistake stands', async () => {
    const name = await file(
      'bad.yaml',
      `# a comment
apiVersion: egressintent.io/v1alpha1
kind: EgressIntent
metadata: {name: web, namespace: red}
spec:
  mode: Off
  allow:
  - host: 10.0.0.1
  - host: api.example.com
    ports:
    - port: 15001
      protocol: TLS
  - {}
`,
    );
    const { code, stdout } = await cli(['validate', name]);
    expect(code).toBe(1);
    expect(stdout.split('\n').map((line) => line.split(': error')[0])).toEqual([
      'bad.yaml:6:3',
      'bad.yaml:8:5',
      'bad.yaml:11:7',
      'bad.yaml:13:5',
      '',
    ]);
  });

  test('takes what is not in the files for absent only when told that they are everything', async () => {
    const alone = await cli(['validate', '-'], INTENT);
    expect({
      code: alone.code,
      note: alone.stdout.includes(
        'note: EgressIntent red/web: spec.allow[1]: Service blue/api does not exist',
      ),
    }).toEqual({ code: 0, note: true });
    const complete = await cli(['validate', '--complete', '-'], INTENT);
    expect({
      code: complete.code,
      error: complete.stdout.includes('error: EgressIntent red/web: spec.allow[1]'),
    }).toEqual({ code: 1, error: true });
  });

  test('reports YAML that is none, a version that it does not know, and an intent that is there twice', async () => {
    await file('several/1.yaml', 'a: [');
    await file('several/2.yaml', INTENT.replace('v1alpha1', 'v9'));
    await file('several/3.yaml', `${INTENT}---\n${INTENT}`);
    const { code, stdout } = await cli(['validate', 'several']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^several\/1.yaml:1:\d+: error: .*\[Syntax\]$/m);
    expect(stdout).toMatch(/^several\/2.yaml:1:1: error: .*\[UnknownVersion\]$/m);
    expect(stdout).toMatch(/^several\/3.yaml:12:12: error: .*\[Duplicate\]$/m);
    expect(stdout.match(/note:/g)).toHaveLength(1);
  });

  test('reads a file with a hundred documents of other kinds', async () => {
    const documents = Array.from(
      { length: 100 },
      (_value, index) => `apiVersion: v1\nkind: Secret\nmetadata: {name: s${index}}\n`,
    );
    const { code, stderr } = await cli(['validate', '-'], [...documents, INTENT].join('---\n'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '1 intents, 0 errors\n' });
  });

  test('reads ten thousand entries and says that they are too many', async () => {
    const entries = Array.from({ length: 10_000 }, (_value, index) => `  - host: h${index}.example.com`).join(
      '\n',
    );
    const { code, stdout } = await cli(['validate', '-'], `${INTENT.split('  - host')[0] ?? ''}${entries}\n`);
    expect({ code, said: stdout.includes('has more than 256 entries') }).toEqual({ code: 1, said: true });
  });

  test('finds nothing in an empty input', async () => {
    expect(await cli(['validate', '-'], '')).toEqual({
      code: 0,
      stdout: '',
      stderr: '0 intents, 0 errors\n',
    });
  });
});

describe('what cannot work exits with 2', () => {
  test.each([
    [['render', 'no-such-file.yaml'], 'no-such-file.yaml'],
    [['render'], 'missing required argument'],
    [['render', '--platform-host', '*/*', '-'], 'is not namespace/host'],
    [['validate', '--no-such-flag', '-'], 'unknown option'],
    [['controller', '--health-port', 'x'], 'whole number'],
    [['controller', '--kubeconfig', 'no-such-file'], 'no-such-file'],
    [['no-such-command'], 'unknown command'],
  ])('%j', async (args, words) => {
    const { code, stderr } = await cli(args);
    expect({ code, said: stderr.includes(words) }).toEqual({ code: 2, said: true });
  });

  test.each([['--help'], ['--version'], ['render', '--help']])(
    'but help is no failure: %s',
    async (...args) => {
      const { code, stdout } = await cli(args);
      expect({ code, spoke: stdout.length > 3 }).toEqual({ code: 0, spoke: true });
    },
  );
});

test('crd prints the definition', async () => {
  const { code, stdout } = await cli(['crd']);
  expect({ code, kinds: kindsOf(stdout) }).toEqual({ code: 0, kinds: ['CustomResourceDefinition'] });
});
