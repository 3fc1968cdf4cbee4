// What a newcomer stumbles over first: a file that is not there, a spec without its list. Both are told without the words of libraries.
import { afterAll, describe, expect, test } from 'vitest';
import { INTENT, makeCliFolder } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

describe('what the command line names and cannot be read is told in plain words', () => {
  test.each(['validate', 'render'])('%s', async (command) => {
    await folder.file('plain.yaml', INTENT);
    for (const [name, why] of [
      ['absent.yaml', 'there is no such file or folder'],
      ['absent/', 'there is no such file or folder'],
      ['plain.yaml/inside.yaml', 'there is no such file, since a part of its path is a file and no folder'],
      [`${'a'.repeat(300)}.yaml`, 'its name is longer than a name can be'],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a failure names the first
      expect(await cli([command, folder.path(name)])).toEqual({
        code: 2,
        stdout: '',
        stderr: `egress-intent: ${name} cannot be read: ${why}\n`,
      });
    }
  });
});

describe('a spec without allow', () => {
  test.each([
    ['{}', 'is missing'],
    ['{ allow: }', 'is missing'],
    ['{ allow: null, mode: Audit }', 'is missing'],
    ['{ mode: Audit }', 'is missing'],
    ['{ allow: {} }', 'must be a list'],
    ['{ allow: www.example.com }', 'must be a list'],
  ])('%s: is told what to add', async (spec, what) => {
    const { code, stdout } = await cli(['validate', '-'], `${INTENT.split('spec:')[0] ?? ''}spec: ${spec}\n`);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `EgressIntent red/web: spec.allow: ${what}: write what the pods may call, such as allow: [{host: www.example.com}], or allow: [] for nothing [InvalidIntent]`,
    );
  });
});
