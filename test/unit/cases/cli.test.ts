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
