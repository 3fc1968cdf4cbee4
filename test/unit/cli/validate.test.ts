// `egress-intent validate`: files in, findings with their positions out.
import { afterAll, describe, expect, test } from 'vitest';
import { INTENT, makeCliFolder, SERVICE } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli, file } = folder;
afterAll(() => folder.remove());

const SERVICE_ENTRY = `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a, namespace: blue}
spec: {hosts: [a.example.com], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}
`;

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

  test.each([
    ['Service', SERVICE, 'service: {name: api, namespace: blue}', 'blue/api has no TCP port 8080'],
    [
      'Service by its targetPort',
      SERVICE.replace('port: 80,', 'port: 80, targetPort: 8080,'),
      'service: {name: api, namespace: blue}',
      '8080 is the targetPort of its port 80: write port: 80 instead of port: 8080',
    ],
    [
      'Service behind an ExternalName Service, by its targetPort',
      `${SERVICE.replace('port: 80,', 'port: 80, targetPort: 8080,')}---
apiVersion: v1
kind: Service
metadata: {name: alias, namespace: blue}
spec: {type: ExternalName, externalName: api.blue.svc.cluster.local}
`,
      'service: {name: alias, namespace: blue}',
      'write port: 80 instead of port: 8080',
    ],
    [
      'ServiceEntry',
      SERVICE_ENTRY,
      'serviceEntry: {host: a.example.com, namespace: blue}',
      'blue/a.example.com has no TCP port 8080',
    ],
  ])(
    'reports a port that a %s of the input does not have as an error',
    async (_kind, object, entry, says) => {
      const intent = `${INTENT.split('  - host')[0] ?? ''}  - ${entry}\n    ports: [{port: 8080}]\n`;
      const { code, stdout } = await cli(['validate', '-'], `${intent}---\n${object}`);
      expect(stdout).toMatch(/^<stdin>:7:5: error: .*\[PortNotFound\]$/m);
      expect(stdout).toContain(says);
      expect(code).toBe(1);
      const corrected = intent.replace('8080', '80');
      expect(await cli(['validate', '-'], `${corrected}---\n${object}`)).toMatchObject({
        code: 0,
        stdout: '',
      });
    },
  );

  test.each([
    [
      'ServiceNotExported',
      SERVICE.replace('blue}', "blue, annotations: {networking.istio.io/exportTo: '.'}}"),
      'service: {name: api, namespace: blue}',
    ],
    [
      'ServiceEntryNotExported',
      SERVICE_ENTRY.replace('spec: {', 'spec: {exportTo: [.], '),
      'serviceEntry: {host: a.example.com, namespace: blue}',
    ],
  ])('reports %s as an error, since the object is in the input', async (reported, object, entry) => {
    const intent = `${INTENT.split('  - host')[0] ?? ''}  - ${entry}\n`;
    const { code, stdout } = await cli(['validate', '-'], `${intent}---\n${object}`);
    expect(stdout).toMatch(new RegExp(String.raw`^<stdin>:7:5: error: .*\[${reported}\]$`, 'm'));
    expect(code).toBe(1);
  });

  test('checks the spec of an intent too whose name is wrong, and does not deny that there is one', async () => {
    const wrong = INTENT.replace('name: web', 'name: Web_1').replace('www.example.com', 'foo');
    const { code, stdout, stderr } = await cli(['validate', '-'], wrong);
    expect(stdout).toMatch(
      /^<stdin>:3:12: error: EgressIntent: metadata.name: .*such as web \[InvalidObject\]$/m,
    );
    expect(stdout).toMatch(/^<stdin>:7:5: error: EgressIntent: spec.allow\[0\].host: .* \[InvalidIntent\]$/m);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '1 intent, 2 errors, 0 warnings, 0 notes\n' });
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

  test.each([
    ['of one file', '1.yaml', '1.yaml', `${INTENT}---\n${INTENT}`, ''],
    ['of two files', '2.yaml', '1.YAML', INTENT, INTENT],
    [
      'of YAML and JSON',
      '2.YML',
      '1.json',
      `{"apiVersion":"egressintent.io/v1alpha1","kind":"EgressIntent","metadata":{"name":"web","namespace":"red"},"spec":{"allow":[]}}`,
      INTENT,
    ],
  ])('names both places of a duplicate %s', async (title, second, first, one, two) => {
    await file(`${title}/${first}`, one);
    if (two !== '') await file(`${title}/${second}`, two);
    const { stdout } = await cli(['validate', folder.path(title)]);
    expect(stdout).toMatch(
      new RegExp(
        String.raw`^${title}/${second}:.*first at ${title}/${first}:\d+: rename.*\[Duplicate\]$`,
        'm',
      ),
    );
  });

  test.each([
    ['in a value', 'name: {{ .Release.Name }}'],
    ['around a document', '{{- if .Values.enabled }}\nname: a\n{{- end }}'],
    ['in a list', '- {{ .Values.host }}\n- {{ .Values.other }}'],
  ])('tells of a template with braces %s once', async (_where, text) => {
    const { code, stdout } = await cli(['validate', '-'], text);
    expect(stdout).toMatch(
      /^<stdin>:1:\d+: error: this is a template and not yet YAML: render it first.*\[Syntax\]\n$/,
    );
    expect(code).toBe(1);
  });

  test('tells what is wrong with a file that has braces in a text', async () => {
    const { stdout } = await cli(['validate', '-'], "a: '{{ x }}'\nb: [\n");
    expect(stdout).not.toContain('template');
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
