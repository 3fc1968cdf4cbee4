// `validate -o json` and `--strict`: the findings for programs, in a shape that does not change.
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { INTENT, makeCliFolder, SERVICE } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli, file } = folder;
afterAll(() => folder.remove());

/** As docs/diagnostics.md describes it. */
const Report = z.strictObject({
  intents: z.int(),
  errors: z.int(),
  warnings: z.int(),
  notes: z.int(),
  findings: z.array(
    z.strictObject({
      code: z.string().regex(/^[A-Z][A-Za-z]+$/),
      severity: z.enum(['error', 'warning', 'note']),
      object: z.strictObject({ kind: z.string(), namespace: z.string(), name: z.string() }).nullable(),
      path: z.string().nullable(),
      message: z.string().min(1),
      file: z.string(),
      line: z.int().min(1),
      column: z.int().min(1),
    }),
  ),
});

async function reportOf(input: string, ...flags: readonly string[]) {
  const { code, stdout, stderr } = await cli(['validate', '--output', 'json', ...flags, '-'], input);
  return { code, stderr, report: Report.parse(JSON.parse(stdout)) };
}

const WIDE = INTENT.replace('  - host: www.example.com', '  - cidr: 10.1.0.0/8\n    ports: [{port: 443}]');

const INPUTS: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a valid intent', `${INTENT}---\n${SERVICE}`],
  ['notes', INTENT],
  ['warnings', WIDE],
  ['an invalid intent', INTENT.replace('www.example.com', 'foo')],
  ['a bad name', INTENT.replace('name: web', 'name: Web_1')],
  ['no YAML', 'a: ['],
  ['no object', '- 5'],
  ['an unknown version', INTENT.replace('v1alpha1', 'v9')],
  ['two intents of one name', `${INTENT}---\n${INTENT}`],
  ['an unreadable Service', `${INTENT}---\n${SERVICE.replace('port: 80', 'port: "80"')}`],
  [
    'a pod without a proxy',
    `${INTENT}---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: red, labels: {app: web}}\n`,
  ],
  ['control characters', `apiVersion: v1\nkind: Service\nmetadata: {name: "a\\e[1m"}\n---\n${INTENT}`],
];

describe.each(INPUTS)('json of %s', (_what, input) => {
  test.each([[[]], [['--complete']]])(
    'has the documented shape, and says what the text says: %j',
    async (flags) => {
      const { code, stderr, report } = await reportOf(input, ...flags);
      const text = await cli(['validate', ...flags, '-'], input);
      expect(code).toBe(text.code);
      expect(stderr).toBe(text.stderr);
      const lines = report.findings.map((found) => {
        const { kind, namespace, name } = found.object ?? { kind: '', namespace: '', name: '' };
        const title = name === '' ? kind : `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
        const about = [title, found.path ?? '', found.message].filter((part) => part !== '').join(': ');
        return `${found.file}:${found.line}:${found.column}: ${found.severity}: ${about} [${found.code}]\n`;
      });
      expect(lines.join('').replaceAll('\u001b', String.raw`\u{1b}`)).toBe(text.stdout);
      for (const severity of ['error', 'warning', 'note'] as const) {
        expect(report[`${severity}s`]).toBe(
          report.findings.filter((found) => found.severity === severity).length,
        );
      }
    },
  );
});

test('json names the object, the entry and the place', async () => {
  const path = await file('red.yaml', WIDE);
  const { stdout } = await cli(['validate', '-o', 'json', path]);
  expect(Report.parse(JSON.parse(stdout)).findings).toContainEqual({
    code: 'CidrWide',
    severity: 'warning',
    object: { kind: 'EgressIntent', namespace: 'red', name: 'web' },
    path: 'spec.allow[0]',
    message: expect.stringMatching(/^10\.0\.0\.0\/8 is wider than \/16/) as string,
    file: 'red.yaml',
    line: 7,
    column: 5,
  });
});

describe('--strict', () => {
  test.each([
    ['errors', INTENT.replace('www.example.com', 'foo'), 1, 1],
    ['warnings', WIDE, 0, 1],
    ['notes only', INTENT, 0, 0],
    ['nothing to say', `${INTENT}---\n${SERVICE}`, 0, 0],
  ])('exits as documented for %s', async (_what, input, without, withStrict) => {
    const codes = await Promise.all(
      [[], ['--strict'], ['--strict', '-o', 'json']].map(
        async (flags) => (await cli(['validate', ...flags, '-'], input)).code,
      ),
    );
    expect(codes).toEqual([without, withStrict, withStrict]);
  });
});

describe('--filename', () => {
  test.each([
    ['alone', (one: string, _two: string) => ['-f', one]],
    ['twice', (one: string, two: string) => ['-f', one, '--filename', two]],
    ['after a path', (one: string, two: string) => [one, '-f', two]],
  ])('%s is read as a path', async (what, argsOf) => {
    const one = await file('one.yaml', INTENT);
    const two = await file('two.yaml', INTENT.replace('name: web', 'name: web2'));
    const { stderr } = await cli(['validate', ...argsOf(one, two)]);
    expect(stderr).toContain(what === 'alone' ? '1 intent,' : '2 intents,');
    expect((await cli(['render', ...argsOf(one, two)])).stdout).toContain('kind: Sidecar');
  });
});
