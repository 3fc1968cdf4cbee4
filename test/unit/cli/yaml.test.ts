// The reader of YAML and JSON, against a table that test/integration/kubectl-reads.test.ts compares with kubectl.
import { LineCounter } from 'yaml';
import { describe, expect, test } from 'vitest';
import { decodedText, parsedDocuments } from '../../../src/cli/input/source-text.ts';
import { REFUSED, REFUSED_BY_US, SCALARS, TEXTS } from '../../support/yaml-spellings.ts';

const read = (text: string, mustBeJson = false) => parsedDocuments(text, new LineCounter(), mustBeJson);
const valuesOf = (text: string): readonly unknown[] =>
  read(decodedText(Buffer.from(text)).text)
    .map(({ value, problems }) => (problems.length > 0 ? problems : value))
    .filter((value) => value !== null);

test.each(SCALARS)('reads %j as %j', (spelling, value) => {
  expect(valuesOf(`a:\n  - ${spelling}\n`)).toEqual([{ a: [value] }]);
});

test.each(TEXTS)('reads %j as %j', (text, documents) => {
  expect(valuesOf(text)).toEqual(documents);
});

test.each([...REFUSED, ...REFUSED_BY_US])('refuses %j', (text) => {
  const problems = read(text).flatMap((document) => document.problems);
  expect(problems[0]?.message).toMatch(/\S/);
  expect(problems.length).toBeLessThan(5);
});

describe('the place of a problem', () => {
  test.each([
    ['a: 1\nb: *nope\n', 8],
    ['a: 1\nb: 2\na: 3\n', 10],
    ['a: {<<: 1}\n', 8],
    ['a: 1\n--- {b: 2}\n', 5],
    ['a: .inf\n', 3],
    ['{"a": 1, "a": 2}', 9],
  ])('%j is at %i', (text, offset) => {
    expect(read(text).flatMap(({ problems }) => problems)[0]?.offset).toBe(offset);
  });
});

test.each([
  ['{"a": 0443}'],
  ["{'a': 1}"],
  ['{"a": 1,}'],
  ['a: 1'],
  ['{"a": 1} {"b": 2}'],
  ['{"a": /*b*/ 1}'],
])('refuses %s where JSON is demanded', (text) => {
  expect(read(text, true)).toMatchObject([{ value: undefined, problems: [{}] }]);
});

describe('the encoding of a file', () => {
  const text = 'a: é😀\n';
  const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le');
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, little endian', utf16],
    ['UTF-16, big endian', Buffer.from(utf16).swap16()],
  ])('%s is read', (_name, bytes) => {
    expect(decodedText(bytes)).toEqual({ text, problems: [] });
  });

  test.each([
    ['Latin-1', Buffer.from(text, 'latin1'), 3],
    ['half a character of UTF-16', utf16.subarray(0, -1), 6],
    ['half a character of UTF-8', Buffer.from(text).subarray(0, -3), 4],
  ])('%s is refused at its place', (_name, bytes, offset) => {
    expect(decodedText(bytes).problems).toMatchObject([{ offset }]);
  });

  test('UTF-16 without a mark is refused', () => {
    expect(read(decodedText(utf16.subarray(2)).text)).toMatchObject([{ value: undefined, problems: [{}] }]);
  });
});
