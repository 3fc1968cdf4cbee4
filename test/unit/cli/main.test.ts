// The program as a whole: exit codes, help and the `crd` command. The commands run in this process, except in the last block.
import { afterAll, describe, expect, test } from 'vitest';
import { INTENT, kindsOf, makeCliFolder } from '../../support/cli.ts';

const folder = await makeCliFolder();
afterAll(() => folder.remove());

describe('a command that cannot do its work exits with 2 and says why', () => {
  test.each([
    [['render', 'no-such-file.yaml'], 'no-such-file.yaml'],
    [['render'], 'no input: name files or folders'],
    [['validate'], 'no input: name files or folders'],
    [['render', '--platform-host', '*/*', '-'], 'is not namespace/host'],
    [['validate', '--no-such-flag', '-'], 'unknown option'],
    [['controller', '--health-port', 'x'], 'whole number'],
    [['controller', '--health-port', '8080'], '--health-port and --metrics-port are both 8080'],
    [['controller', '--health-port', '9', '--metrics-port', '9'], 'are both 9'],
    [['controller', '--istio-namespace', 'Istio'], '--istio-namespace Istio: is not the name of a namespace'],
    [['controller', '--istio-version', '1.27'], '--istio-version 1.27: is older than Istio 1.28'],
    [['render', '--istio-version', '1.27.9', '-'], 'is older than Istio 1.28'],
    [['render', '--istio-version', '1.9', '-'], 'is older than Istio 1.28'],
    [['validate', '--istio-namespace', 'a.b', '-'], 'is not the name of a namespace'],
    [['validate', '--namespace', 'A', '-'], '--namespace A: is not the name of a namespace'],
    [['no-such-command'], 'unknown command'],
  ])('%j', async (args, reason) => {
    const { code, stderr } = await folder.cli(args);
    expect({ code, names: stderr.includes(reason) }).toEqual({ code: 2, names: true });
  });
});

test.each([['--help'], ['--version'], ['render', '--help']])(
  '%s %s prints and exits with 0',
  async (...args) => {
    const { code, stdout } = await folder.cli(args);
    expect({ code, prints: stdout.length > 3 }).toEqual({ code: 0, prints: true });
  },
);

test.each([[['--help']], [['render', '--help']], [['validate', '--help']]])(
  '%j tells the exit codes, and an example',
  async (args) => {
    const { stdout } = await folder.cli(args);
    const [, , codes = ''] =
      /(Exit codes:\n)((?: {2}\d .*\n)+)\nExample:\n {2}kubectl .* validate -\n/.exec(stdout) ?? [];
    expect([...codes.matchAll(/^ {2}(\d)/gm)].map(([, code]) => code)).toEqual(['0', '1', '2']);
  },
);

test('crd prints the CustomResourceDefinition', async () => {
  const { code, stdout } = await folder.cli(['crd']);
  expect({ code, kinds: kindsOf(stdout) }).toEqual({ code: 0, kinds: ['CustomResourceDefinition'] });
});

describe('the process reads standard input, prints, and exits with', () => {
  test('0: nothing is wrong', async () => {
    const { code, stdout } = await folder.spawnCli(['render', '-'], INTENT);
    expect({ code, kinds: kindsOf(stdout) }).toEqual({ code: 0, kinds: ['ServiceEntry', 'Sidecar'] });
  });

  test('1: an intent has an error', async () => {
    const { code, stdout, stderr } = await folder.spawnCli(
      ['validate', '-'],
      INTENT.replace('www.example.com', '10.0.0.1'),
    );
    expect({ code, stderr }).toEqual({ code: 1, stderr: '1 intent, 1 error, 0 warnings, 0 notes\n' });
    expect(stdout).toContain('<stdin>');
  });

  test('2: the controller has no kubeconfig', async () => {
    const { code, stdout, stderr } = await folder.spawnCli(['controller', '--kubeconfig', 'no-such-file']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('no-such-file');
  });
});
