// Cases from pipelines: objects with null and empty fields, through the CLI. Each stands for its kind, so each has variants: another
// field, another object, another spelling.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeCliFolder } from '../../support/cli.ts';

const { cli, remove } = await makeCliFolder();
afterAll(() => remove());
const textOf = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../cases', `${name}.yaml`), 'utf8');
const [metadataNull, rootNull, emptyAnnotations] = await Promise.all(
  ['22-metadata-null', '35-mesh-rootns-null', '60-empty-annotations'].map(textOf),
);

/** The input with the first `from` replaced, which must be in it. */
function edited(input: string | undefined, from: string, to: string): string {
  expect(input).toContain(from);
  return input?.replace(from, () => to) ?? '';
}

describe('22-metadata-null: the intent is read, and its wrong host is an error', () => {
  const wrongHost = 'spec.allow[0].host: is an IP address or ends in a number';

  test.each([
    ['creationTimestamp: null', 'creationTimestamp: null'],
    ['labels: null', 'labels: null'],
    ['annotations without a value', 'annotations:'],
    ['uid: null', 'uid: ~'],
    ['ownerReferences: null', 'ownerReferences: null'],
    ['deletionTimestamp: null', 'deletionTimestamp: null'],
    ['generation: null', 'generation: Null'],
  ])('%s', async (_what, field) => {
    const { code, stdout, stderr } = await cli(
      ['validate', '-'],
      edited(metadataNull, 'creationTimestamp: null', field),
    );
    expect({ code, stderr }).toEqual({ code: 1, stderr: '1 intent, 1 error, 0 warnings, 0 notes\n' });
    expect(stdout).toContain(wrongHost);
  });

  test.each([
    ['namespace: null', 'namespace: null', 'EgressIntent default/web'],
    ['namespace: empty', 'namespace: ""', 'EgressIntent default/web'],
  ])('%s is the namespace of the flag', async (_what, field, title) => {
    const { stdout } = await cli(['validate', '-'], edited(metadataNull, 'namespace: red', field));
    expect(stdout).toContain(`${title}: ${wrongHost}`);
  });

  test('a list with items: null is empty, and the rest is read', async () => {
    const { stderr } = await cli(
      ['validate', '-'],
      `apiVersion: v1\nkind: List\nitems: null\n---\n${metadataNull}`,
    );
    expect(stderr).toBe('1 intent, 1 error, 0 warnings, 0 notes\n');
  });

  test.each([
    ['workloadSelector: null', 'workloadSelector: { matchLabels: { app: web } }', 'workloadSelector: null'],
    ['mode: null', 'spec:', 'spec:\n  mode: null'],
    ['ports: null', '- host: 1.2.3.4', '- { host: 1.2.3.4, ports: null }'],
    ['another destination: null', '- host: 1.2.3.4', '- { host: 1.2.3.4, service: }'],
  ])('in the spec too: %s', async (_what, from, to) => {
    const { stdout, stderr } = await cli(['validate', '-'], edited(metadataNull, from, to));
    expect({ stdout, stderr }).toMatchObject({ stderr: '1 intent, 1 error, 0 warnings, 0 notes\n' });
    expect(stdout).toContain(wrongHost);
  });
});

describe('35-mesh-rootns-null: the rest of the MeshConfig counts', () => {
  test.each([
    ['rootNamespace: null', 'rootNamespace: null'],
    ['no rootNamespace', ''],
    ['defaultProviders: null', 'defaultProviders: null'],
    ['defaultConfig without a value', 'defaultConfig:'],
    ['proxyMetadata: null', 'defaultConfig: { proxyMetadata: null }'],
    ['defaultServiceExportTo: null', 'defaultServiceExportTo: ~'],
    ['discoverySelectors: null', 'discoverySelectors: null'],
    ['a field that we do not read: null', 'accessLogFile: null'],
  ])('%s', async (_what, field) => {
    const { code, stdout } = await cli(['render', '-'], edited(rootNull, 'rootNamespace: null', field));
    expect(code).toBe(0);
    expect(stdout).toContain('auth/oauth2-proxy.auth.svc.cluster.local');
  });
});

describe('60-empty-annotations: the Service is known', () => {
  test.each([
    ['annotations without a value', '  annotations:\n'],
    ['labels: null', '  labels: null\n'],
    ['creationTimestamp: null', '  creationTimestamp: null\n'],
    ['annotations: {}', '  annotations: {}\n'],
    ['an annotation without a value', '  annotations:\n    example.com/team:\n'],
  ])('%s', async (_what, field) => {
    const input = edited(emptyAnnotations, '  annotations:\n', field);
    expect(await cli(['validate', '--complete', '-'], input)).toMatchObject({
      code: 0,
      stdout: expect.not.stringMatching(/error|warning/) as string,
    });
  });

  test.each([
    ['selector: null', 'selector: null'],
    ['type: null', 'type: null'],
    ['externalName: null', 'externalName: null'],
    ['sessionAffinity without a value', 'sessionAffinity: '],
  ])('in the spec too: %s', async (_what, field) => {
    const input = edited(emptyAnnotations, 'clusterIP: 10.96.1.1', `clusterIP: 10.96.1.1, ${field}`);
    expect(await cli(['validate', '--complete', '-'], input)).toMatchObject({
      code: 0,
      stdout: expect.not.stringMatching(/error|warning/) as string,
    });
  });
});
