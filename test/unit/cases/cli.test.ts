// Inputs that the CLI once read wrongly, and variants of each.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { INTENT, makeCliFolder } from '../../support/cli.ts';

const CASES = join(import.meta.dirname, '../../cases');
const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

describe('57: an undefined alias is a finding, and other documents are read', () => {
  test.each([
    ['as given', 'ALIAS', '*nope', '5:19'],
    ['a whole entry', '{ host: ALIAS }', '*nope', '5:11'],
    ['a merge', '{ host: ALIAS }', '{ <<: *nope, host: a.example.com }', '5:17'],
    ['a label', '{ host: ALIAS }', '{ host: a.example.com }] # [', undefined],
    ['the anchor comes later', '{ host: ALIAS }', '{ host: *late }, { host: &late a.example.com }', '5:19'],
    ['an anchor that contains itself', '{ host: ALIAS }', '&own { host: *own }', '5:24'],
  ])('%s', async (_name, before, after, place) => {
    const text = (await readFile(join(CASES, '57-alias-crash.yaml'), 'utf8'))
      .replace('*nope', 'ALIAS')
      .replace(before, after);
    const { code, stdout, stderr } = await cli(['validate', '-'], `${text}---\n${INTENT}`);
    const places = stdout
      .split('\n')
      .flatMap((line) => /^<stdin>:(\S+): error: .*\[Syntax\]$/.exec(line)?.[1] ?? []);
    expect({ code, places }).toEqual({
      code: place === undefined ? 0 : 1,
      places: place === undefined ? [] : [place],
    });
    expect(stderr).toContain(place === undefined ? '2 intents' : '1 intent,');
  });
});

describe('23: merge keys', () => {
  test.each([
    ['as given', '', ''],
    ['a list of merges', '- <<: *e\n', '- <<: [*e, *e]\n'],
    [
      'a merge below the field',
      '- <<: *e\n    host: api2.example.com',
      '- host: api2.example.com\n    <<: { description: x }',
    ],
    ['a merge of labels', '{ app: web }', '{ app: web }, matchLabels2: x', 'unrecognized'],
    ['in another object', '&p { name: http, port: 80 }', '&p { name: http, port: 80, <<: {} }'],
  ])('%s', async (_name, before, after, problem = '') => {
    const text = await readFile(join(CASES, '23-yaml-merge-keys.yaml'), 'utf8');
    const { stdout } = await cli(['render', '-'], text.replace(before, after));
    const hosts = ['red/api.example.com', 'red/api2.example.com', 'shop/payments.shop.svc.cluster.local'];
    expect(hosts.map((host) => stdout.includes(host))).toEqual(hosts.map(() => problem === ''));
  });
});

describe('29: validate says what the status says about pods and other objects', () => {
  test.each([
    ['as given', '', '', 'Shadowed'],
    [
      'the Sidecar is for the whole namespace',
      'workloadSelector: { labels: { app: web } }\n  egress',
      'egress',
      undefined,
    ],
    ['the Sidecar is younger than ours', '2023-01-01', '2033-01-01', 'Shadowed'],
    ['the pod has no proxy', /annotations: \{ [^}]*\{\}.? \}/, 'annotations: {}', 'Shadowed,NoSidecar'],
    [
      'the Sidecar is for other pods, and the pod has no proxy',
      /labels: \{ app: web \} \}\n {2}egress([^]*)annotations: \{ [^}]*\{\}.? \}/,
      'labels: { app: db } }\n  egress$1annotations: {}',
      'NoSidecar',
    ],
    [
      'the Sidecar is for other pods, and the pod is ambient',
      /labels: \{ app: web \} \}\n {2}egress([^]*)annotations: \{ [^}]*\{\}.? \}/,
      'labels: { app: db } }\n  egress$1annotations: { ambient.istio.io/redirection: enabled }',
      'Ambient',
    ],
    ['there is no such pod', /labels: \{ app: web \}, ann/, 'labels: { app: db }, ann', 'NoPods'],
    [
      'mode Audit',
      'spec:\n  workloadSelector: { matchLabels',
      'spec:\n  mode: Audit\n  workloadSelector: { matchLabels',
      'Audit',
    ],
  ])('%s', async (_name, before, after, code) => {
    const text = (await readFile(join(CASES, '29-foreign-sidecar.yaml'), 'utf8'))
      .replaceAll("'", '"')
      .replace(before, after);
    const codesOf = async (...flags: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await cli(['validate', ...flags, '-'], text);
      return stdout
        .split('\n')
        .flatMap(
          (line) =>
            /^<stdin>:3:\d+: (?:warning|note): EgressIntent red\/web: .* \[(\w+)\]$/.exec(line)?.[1] ?? [],
        );
    };
    const expected = code?.split(',') ?? [];
    expect(await codesOf('--complete')).toEqual(expected);
    // Other files may hold pods, and what the mode leaves open is no fault.
    expect(await codesOf()).toEqual(code === 'NoPods' || code === 'Audit' ? [] : expected);
  });
});
