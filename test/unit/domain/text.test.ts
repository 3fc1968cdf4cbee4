// Text from the cluster is harmless in a terminal.
import { expect, test } from 'vitest';
import { escaped } from '../../../src/domain/text.ts';

test.each([
  ['leaves printable text alone', 'pod web-1: größer, 日本, 🙂', 'pod web-1: größer, 日本, 🙂'],
  ['escapes what a terminal obeys', 'a\u001b[2Jb\rc\nd\u009be', 'a\\u{1b}[2Jb\\u{d}c\\u{a}d\\u{9b}e'],
  ['escapes what changes the direction of text', 'a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
  ['escapes what is invisible', 'a\u200bb\u2028c', 'a\\u{200b}b\\u{2028}c'],
  ['escapes an unpaired surrogate', 'a\ud83d', 'a\\u{d83d}'],
  ['does not escape twice', escaped('a\u001bb'), 'a\\u{1b}b'],
])('%s', (_behaviour, text, expected) => {
  expect(escaped(text)).toBe(expected);
});
