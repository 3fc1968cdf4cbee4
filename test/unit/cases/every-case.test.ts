// Each file of test/cases is an input that once went wrong, and says nothing by itself: a test must read it.
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';

const TESTS = join(import.meta.dirname, '../..');

const caseNames = readdirSync(join(TESTS, 'cases')).map((file) => basename(file, '.yaml'));

/** The sources of every test, without their comments. */
const sources = globSync('**/*.test.ts', { cwd: TESTS }).map((file) =>
  readFileSync(join(TESTS, file), 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, ''),
);

test('there are cases', () => {
  expect(caseNames.length).toBeGreaterThan(20);
});

test.each(caseNames)('%s is read by a test', (name) => {
  // In quotes of its own: the title of a `describe` reads nothing.
  const isRead = sources.some((source) => source.includes(`'${name}'`) || source.includes(`'${name}.yaml'`));
  expect(isRead).toBe(true);
});
