// The example of docs/routing.md, an egress gateway, is followed as the page says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeCliFolder } from '../support/cli.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/routing.md'), 'utf8');
const [objects = '', sidecar = ''] = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
  ([, text = '']) => text,
);
const folder = await makeCliFolder();
afterAll(() => folder.remove());

test.each([
  ['the root namespace', 'istio-system', [], ['note RegistrationFollowed', 'note RouteFollowed']],
  ['a trusted one', 'egress', ['egress'], ['note RegistrationFollowed', 'note RouteFollowed']],
  ['any other', 'egress', [], ['warning RegistrationNotFollowed', 'warning RouteNotFollowed']],
])('validate tells what counts of the gateway in %s', async (_, namespace, trusted, told) => {
  const flags = trusted.flatMap((name) => ['--trusted-namespace', name]);
  const { stdout } = await folder.cli(
    ['validate', ...flags, '-'],
    objects.replaceAll('istio-system', namespace),
  );
  const findings = [...stdout.matchAll(/: (\w+): .* \[(\w+)\]$/gm)];
  expect(findings.map(([, severity, code]) => `${severity} ${code}`)).toEqual(told);
});

test('render prints the Sidecar of the page and no ServiceEntry', async () => {
  const { stdout, code } = await folder.cli(['render', '--managed', '-'], objects);
  expect({ stdout, code }).toEqual({ stdout: sidecar, code: 0 });
});
