import { expect, test } from 'vitest';
import { pathText, problemText } from '../../../src/domain/problem.ts';

test.each([
  [[], ''],
  [['spec'], 'spec'],
  [['spec', 'allow', 0, 'host'], 'spec.allow[0].host'],
  [['spec', 'matchLabels', 'a\u001B[2J'], 'spec.matchLabels.a\\u{1b}[2J'],
])('the path %j is %s', (path, text) => {
  expect(pathText(path)).toBe(text);
});

test('a problem is its path and its message, without control characters', () => {
  expect(problemText({ path: ['spec', 0], message: 'is\twrong' })).toBe('spec[0]: is\\u{9}wrong');
});
