// What the binary does as a whole: exit codes, help, and the definition.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindsOf, makeDesk, type Desk } from '../../support/cli.ts';

let cli: Desk['cli'];
let clear: Desk['clear'];
beforeAll(async () => {
  ({ cli, clear } = await makeDesk());
});
afterAll(() => clear());

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
