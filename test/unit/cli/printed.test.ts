// Kubernetes objects as text.
import { parseAllDocuments } from 'yaml';
import { expect, test } from 'vitest';
import { jsonListOf, yamlOf } from '../../../src/cli/printed.ts';

const ODD = [
  'a\u001B[2Jb',
  'a\n::error::b',
  'a\u0085b',
  'a\u202Eb',
  'a\u2028b',
  '\u{E0041}',
  'a\tb',
  '\uFEFFa',
  ' a\u007F',
  'é😀',
];

test.each(ODD)('%j comes back from the output, which has no such character', (text) => {
  const object = { [`key ${text}`]: text, list: [text, 'plain'] };
  const [yaml, json] = [yamlOf([object, object]), jsonListOf([object])];
  expect(parseAllDocuments(yaml).map((document) => document.toJS() as unknown)).toEqual([object, object]);
  expect((JSON.parse(json) as { items: unknown }).items).toEqual([object]);
  expect(yaml + json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|^::/mu);
});
