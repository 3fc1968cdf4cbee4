// Where a text needs quotes in YAML, the error says so.
import { afterAll, describe, expect, test } from 'vitest';
import { INTENT, makeCliFolder } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

test.each(['*', '*.example.com', '*-api.example.com'])('tells to write %s in quotes', async (host) => {
  const { code, stdout } = await cli(['validate', '-'], INTENT.replace('www.example.com', host));
  expect(stdout).toMatch(/^<stdin>:7:11: error: .*write it in quotes \[Syntax\]\n$/);
  expect(code).toBe(1);
});

const SCALARS = ['on', '1e3', '0123', 'no', 'true', '7', '1.5'];
const AT = [
  ['spec.workloadSelector.matchLabels.app', 'app: web', (text: string) => `app: ${text}`],
  ['spec.allow[1].service.name', 'name: api', (text: string) => `name: ${text}`],
  ['spec.allow[1].service.namespace', 'namespace: blue', (text: string) => `namespace: ${text}`],
  [
    'spec.allow[1].namespace.name',
    'service: {name: api, namespace: blue}',
    (text: string) => `namespace: {name: ${text}}`,
  ],
  [
    'metadata.annotations.egressintent.io/paused',
    'name: web,',
    (text: string) => `name: web, annotations: {egressintent.io/paused: ${text}},`,
  ],
  ['metadata.labels.app', 'name: web,', (text: string) => `name: web, labels: {app: ${text}},`],
  ['metadata.name', 'name: web,', (text: string) => `name: ${text},`],
  ['metadata.namespace', 'namespace: red', (text: string) => `namespace: ${text}`],
] as const;

describe.each(AT)('in %s', (field, before, after) => {
  test.each(SCALARS)('%s is told to be written in quotes', async (text) => {
    const { code, stdout } = await cli(['validate', '-'], INTENT.replace(before, after(text)));
    expect(stdout).toContain(`: ${field}: must be text: write it in quotes [`);
    expect(code).toBe(1);
  });

  test('an object is told otherwise', async () => {
    const { stdout } = await cli(['validate', '-'], INTENT.replace(before, after('{a: b}')));
    expect(stdout).toContain(`: ${field}: must be `);
    expect(stdout).not.toContain('in quotes');
  });
});

test.each(['metadata', 'metadata.labels', 'metadata.annotations'])(
  '%s is no text, in quotes or not',
  async (field) => {
    const text =
      field === 'metadata'
        ? INTENT.replace(/metadata: .*/, 'metadata: 7')
        : INTENT.replace('name: web,', `name: web, ${field.slice('metadata.'.length)}: 7,`);
    const { stdout } = await cli(['validate', '-'], text);
    expect(stdout).toContain(`: ${field}: must be of type `);
    expect(stdout).not.toContain('in quotes');
  },
);
