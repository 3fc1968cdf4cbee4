// `egress-intent validate`: files in, findings with their positions out.
import { afterAll, describe, expect, test } from 'vitest';
import { INTENT, makeCliFolder, SERVICE } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli, file } = folder;
afterAll(() => folder.remove());

describe('validate', () => {
  test('prints no finding for a valid intent', async () => {
    expect(await cli(['validate', '-'], `${INTENT}---\n${SERVICE}`)).toEqual({
      code: 0,
      stdout: '',
      stderr: '1 intent, 0 errors, 0 warnings, 0 notes\n',
    });
  });

  test('prints the line and column of every error', async () => {
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

  test('reports a missing Service as an error only with --complete', async () => {
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

  test('reports a YAML syntax error, an unknown version and a duplicate intent', async () => {
    await file('several/1.yaml', 'a: [');
    await file('several/2.yaml', INTENT.replace('v1alpha1', 'v9'));
    await file('several/3.yaml', `${INTENT}---\n${INTENT}`);
    const { code, stdout } = await cli(['validate', folder.path('several')]);
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
    expect({ code, stderr }).toEqual({ code: 0, stderr: '1 intent, 0 errors, 0 warnings, 1 note\n' });
  });

  test('reports ten thousand entries as too many', async () => {
    const entries = Array.from({ length: 10_000 }, (_value, index) => `  - host: h${index}.example.com`).join(
      '\n',
    );
    const { code, stdout } = await cli(['validate', '-'], `${INTENT.split('  - host')[0] ?? ''}${entries}\n`);
    expect(code).toBe(1);
    expect(stdout).toContain('has more than 256 entries');
  });

  test('accepts an empty input', async () => {
    expect(await cli(['validate', '-'], '')).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'the input holds no EgressIntent (egressintent.io/v1alpha1)\n0 intents, 0 errors, 0 warnings, 0 notes\n',
    });
  });
});
