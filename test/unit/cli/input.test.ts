// What people hand to the CLI: objects that are none, files that cannot be read, folders of other programs. Nothing is passed over in silence.
import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { INTENT, makeCliFolder, SERVICE } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli, file, path } = folder;
afterAll(() => folder.remove());

describe('an object that the API server refuses is an error at its place', () => {
  const metadata = '{name: web, namespace: red}';
  test.each([
    [
      'generateName',
      metadata,
      '{generateName: web-, namespace: red}',
      '3:12',
      /metadata\.name: is missing: with generateName/,
    ],
    ['no name', metadata, '{namespace: red}', '3:1', /metadata\.name: is missing/],
    ['a null name', metadata, '{name: null}', '3:12', /metadata\.name: is missing/],
    ['a number as name', metadata, '{name: 5}', '3:12', /metadata\.name: must be text: write it in quotes/],
    ['a boolean as name', metadata, '{name: on}', '3:12', /metadata\.name: must be text: write it in quotes/],
    ['a list as name', metadata, '{name: [a]}', '3:12', /metadata\.name: must be of type string/],
    ['upper case in the name', metadata, '{name: Web}', '3:12', /metadata\.name: is not a valid name/],
    ['a number as namespace', metadata, '{name: web, namespace: 1e3}', '3:23', /metadata\.namespace/],
    ['a boolean as label', metadata, '{name: web, labels: {app: on}}', '3:32', /metadata\.labels\.app/],
    ['a list as metadata', metadata, '[web]', '3:1', /metadata: must be of type object/],
    ['no metadata', `metadata: ${metadata}`, '', '1:1', /metadata: is missing/],
    ['no apiVersion', 'apiVersion: egressintent.io/v1alpha1', '# nothing', '2:1', /apiVersion is missing/],
    [
      'a number as apiVersion',
      'apiVersion: egressintent.io/v1alpha1',
      'apiVersion: 1',
      '1:1',
      /apiVersion must be text/,
    ],
    ['no kind', 'kind: EgressIntent', '# nothing', '1:1', /kind is missing/],
    ['a boolean as kind', 'kind: EgressIntent', 'kind: yes', '2:1', /kind must be text/],
    [
      'another kind',
      'kind: EgressIntent',
      'kind: Egressintent',
      '1:1',
      /write apiVersion: .* and kind: EgressIntent/,
    ],
  ])('%s', async (_name, before, after, place, message) => {
    const { code, stdout, stderr } = await cli(['validate', '-'], INTENT.replace(before, after));
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(message) as string });
    expect(stdout.split('\n').filter((line) => line.startsWith(`<stdin>:${place}: error: `))).toHaveLength(1);
    const isIntent = before.includes('metadata') || before === metadata;
    expect(stderr).toBe(
      isIntent
        ? '1 intent, 1 error, 0 warnings, 0 notes\n'
        : 'the input holds no EgressIntent (egressintent.io/v1alpha1)\n0 intents, 1 error, 0 warnings, 0 notes\n',
    );
  });

  test.each([['just a text'], ['- apiVersion: v1\n'], ['5']])('%j is no object', async (text) => {
    const { code, stdout } = await cli(['validate', '-'], text);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^<stdin>:1:1: error: this is not a Kubernetes object/) as string,
    });
  });

  test.each([
    ['a boolean as label of matchLabels', '{app: web}', '{app: on}'],
    [
      'an octal number as port',
      '- host: www.example.com',
      '- {host: www.example.com, ports: [{port: 0644, protocol: TLS}, {port: 420, protocol: HTTP}]}',
    ],
    ['a boolean as mode', 'spec:', 'spec:\n  mode: on'],
    ['a number as host', 'www.example.com', '0x7f'],
  ])('%s', async (_name, before, after) => {
    const { code, stdout } = await cli(['validate', '-'], INTENT.replace(before, after));
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('[InvalidIntent]') as string,
    });
  });
});

const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: web-1, namespace: red, labels: {app: web}, annotations: {sidecar.istio.io/status: "{}"}}\n';

describe('other objects are passed over where they mean nothing', () => {
  test.each([
    ["Helm's values", 'replicas: 3\nimage: {tag: on}\n', 1],
    [
      'a kustomization',
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n',
      0,
    ],
    ['a pod with generateName', 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n', 0],
    ['an empty document', '# nothing\n', 0],
    ['an empty list', 'apiVersion: v1\nkind: List\nitems: null\n', 0],
  ])('%s', async (_name, text, notes) => {
    const { code, stderr } = await cli(
      ['validate', '--complete', '-'],
      [text, INTENT.split('  - service')[0], SERVICE, POD].join('---\n'),
    );
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `1 intent, 0 errors, 0 warnings, ${notes} note${notes === 1 ? '' : 's'}\n`,
    });
  });
});

test('the items of a list of one kind have that kind', async () => {
  const spec = { workloadSelector: { matchLabels: { app: 'web' } }, allow: [{ host: '10.0.0.1' }] };
  const list = {
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntentList',
    items: [{ metadata: { name: 'web' }, spec }],
  };
  const { code, stderr } = await cli(['validate', '-'], JSON.stringify(list));
  expect({ code, stderr }).toEqual({ code: 1, stderr: '1 intent, 1 error, 0 warnings, 0 notes\n' });
});

describe('a folder', () => {
  test('every other file is read where some cannot be', async () => {
    await file('odd/0-alias.yaml', 'a: *nope\n');
    await file('odd/1-syntax.yaml', 'a: [\n');
    await file('odd/2-latin.yaml', INTENT);
    await mkdir(path('odd/3-folder.yaml'), { recursive: true });
    await file('odd/3-folder.yaml/intent.yaml', INTENT.replace('name: web', 'name: inner'));
    await symlink('nowhere', path('odd/4-dangling.yaml'));
    await symlink('5-loop.yaml', path('odd/5-loop.yaml'));
    await symlink('3-folder.yaml', path('odd/6-linked-folder.yaml'));
    execFileSync('mkfifo', [path('odd/7-pipe.yaml')]);
    await file('odd/8-not.json', 'a: 1');
    await file('odd/9-last.yml', INTENT.replace('name: web', 'name: last'));
    const { code, stdout, stderr } = await cli(['validate', path('odd')]);
    expect(
      stdout
        .split('\n')
        .flatMap((line) => /^(\S+): error: .* \[(\w+)\]$/.exec(line)?.slice(1).join(' ') ?? []),
    ).toEqual([
      'odd/0-alias.yaml:1:4 Syntax',
      'odd/1-syntax.yaml:2:1 Syntax',
      'odd/4-dangling.yaml:1:1 Unreadable',
      'odd/5-loop.yaml:1:1 Unreadable',
      'odd/6-linked-folder.yaml:1:1 Unreadable',
      'odd/7-pipe.yaml:1:1 Unreadable',
      'odd/8-not.json:1:1 Syntax',
    ]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '3 intents, 7 errors, 0 warnings, 3 notes\n' });
  });

  test('hidden files and folders are passed over, as in a mounted ConfigMap', async () => {
    await file('mounted/..2026_11_28/intent.yaml', INTENT);
    await symlink('..2026_11_28', path('mounted/..data'));
    await symlink('..data/intent.yaml', path('mounted/intent.yaml'));
    await file('mounted/.git/index.yaml', 'a: [');
    await file('mounted/.hidden.yaml', 'a: [');
    const { code, stderr } = await cli(['validate', path('mounted')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '1 intent, 0 errors, 0 warnings, 1 note\n' });
  });
});

describe('no text of others is printed as it is', () => {
  const ESC = '\u001B';
  test('in a finding', async () => {
    await file(
      `::error title=x::/${ESC}[2J\n::error::.yaml`,
      INTENT.replace('www.example.com', `"a${ESC}[1m\\n::error::x"`),
    );
    const { stdout } = await folder.spawnCli(['validate', '::error title=x::/']);
    expect(stdout).not.toMatch(/^::|(?!\n)\p{Cc}/mu);
    expect(stdout).toMatch(/^\\u\{3a\}:error title=x::\//);
  });

  test.each([
    [['validate', `::error::${ESC}x`]],
    [['validate', 'x\n::error::y']],
    [[`::error::${ESC}x`]],
    [['render', `--istio-namespace=${ESC}\n::error::`, '-']],
    [['render', `--cluster-cidr=${ESC}\n::error::`, '-']],
  ])('in an error of the command: %j', async (args) => {
    const { code, stderr } = await cli(args);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(/^\s*::|(?!\n)\p{Cc}/mu);
  });
});

const ONE_HOST = INTENT.split('  - service')[0] ?? '';

test('a reader that closes its pipe early ends the command quietly', () => {
  const many = Array.from({ length: 2000 }, (_value, index) =>
    ONE_HOST.replace('name: web', `name: web${index}`).replace('app: web', `app: web${index}`),
  );
  const command = `"$0" src/cli/main.ts render - | head -n 1`;
  const output = execFileSync('bash', ['-o', 'pipefail', '-c', `${command} 2>&1`, process.execPath], {
    input: many.join('---\n'),
    encoding: 'utf8',
  });
  expect(output).toBe('apiVersion: networking.istio.io/v1\n');
}, 30_000);
