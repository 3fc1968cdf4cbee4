// An intent with a field outside its spec that the API server does not know is refused, as kubectl does by default.
import { afterAll, describe, expect, test } from 'vitest';
import { INTENT, makeCliFolder, SERVICE } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

const TOP = [
  ['workloadSelector: {matchLabels: {app: web}}', 'workloadSelector', 'write it below spec'],
  ['mode: Audit', 'mode', 'write it below spec'],
  ['allow: []', 'allow', 'write it below spec'],
  ['labels: {a: b}', 'labels', 'write it below metadata'],
  ['namespace: red', 'namespace', 'write it below metadata'],
  ['specs: {}', 'specs', 'or remove it'],
  ['Spec:', 'Spec', 'or remove it'],
  ['toString: 1', 'toString', 'or remove it'],
] as const;
const IN_METADATA = [
  ["annotation: {egressintent.io/paused: 'true'}", 'annotation', 'labels or annotations'],
  ['namespce: red', 'namespce', 'name, namespace'],
  ['label: {a: b}', 'label', 'labels or annotations'],
  ['workloadSelector: {matchLabels: {app: web}}', 'workloadSelector', 'write it below spec'],
  ['spec: {allow: []}', 'spec', 'one level up, next to metadata'],
  ['__proto__: {a: b}', '__proto__', 'or remove it'],
] as const;

const CASES = [
  ...TOP.map(([text, field, says]) => [field, `${text}\n${INTENT}`, '1:1', says] as const),
  ...IN_METADATA.map(
    ([text, field, says]) =>
      [`metadata.${field}`, INTENT.replace('{name: web', `{${text}, name: web`), '3:12', says] as const,
  ),
];

describe.each(['validate', 'render'])('%s', (command) => {
  test.each(CASES)('refuses an intent with the field %s', async (field, text, position, says) => {
    const { code, stdout, stderr } = await cli([command, '-'], text);
    const line = `${stdout}${stderr}`.split('\n').find((found) => found.includes(`EgressIntent: ${field}: `));
    expect(line).toMatch(new RegExp(`^<stdin>:${position}: error: .*unknown field.*\\[InvalidObject\\]$`));
    expect(line).toContain(says);
    expect(code).toBe(1);
    expect(stdout).not.toContain('kind: Sidecar');
  });

  test('tells each of several fields, and what is wrong with the spec', async () => {
    const { stdout, stderr } = await cli(
      [command, '-'],
      `allow: []\nspecs: {}\n${INTENT.replace('{name: web', '{label: {}, name: web').replace('spec:', 'oops:')}`,
    );
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.includes(': error: '));
    expect(lines.map((line) => /EgressIntent: (\S+): /.exec(line)?.[1])).toEqual([
      'allow',
      'spec', // it is missing, which is told of the whole document
      'specs',
      'metadata.label',
      'oops',
    ]);
  });

  test('accepts every field that the API server sets, and any of another kind', async () => {
    const live = INTENT.replace(
      '{name: web',
      '{uid: u, resourceVersion: "1", generation: 1, creationTimestamp: "2026-01-01T00:00:00Z", managedFields: [], ' +
        'ownerReferences: [], finalizers: [], selfLink: a, deletionGracePeriodSeconds: 0, labels: {}, annotations: {}, name: web',
    );
    const { code } = await cli([command, '-'], `${live}status: {}\n---\nextra: 1\n${SERVICE}`);
    expect(code).toBe(0);
  });
});
