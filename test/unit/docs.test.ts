// The pages of docs/ say what the tables in the source say, and what the compiler does.
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { INPUT_FINDINGS } from '../../src/cli/finding-codes.ts';
import { DIAGNOSTICS } from '../../src/domain/egress-intent/diagnostics.ts';
import { REASONS } from '../../src/domain/egress-intent/condition-reasons.ts';
import { pages } from '../docs/pages.ts';
import { exampleOf, goldenNames, resultsOf } from '../support/golden.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const contentOf = (name: string): string => readFileSync(join(DOCS, name), 'utf8');

const generated = await pages();

describe('docs', () => {
  test.each(generated)('$file is what `npm run docs` writes', ({ file, text }) => {
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('every generated page is compared', () => {
    expect(generated).toHaveLength(4);
  });

  test('limits.md lists every exception that the proof allows, and no other', () => {
    const [, section = ''] = contentOf('limits.md').split('## Exceptions');
    const [table = ''] = section.split('\n## ');
    const named = [...table.matchAll(/^\| \[(\w+)\]/gm)].map(([, code]) => code);
    const exceptions = Object.entries(DIAGNOSTICS).filter(([, { exception }]) => exception !== undefined);
    expect(exceptions.length).toBeGreaterThan(5);
    expect(named).toEqual(exceptions.map(([code]) => code).toSorted());
  });

  test('diagnostics.md has a section for every code', () => {
    const sections = [...contentOf('diagnostics.md').matchAll(/^### (\w+)$/gm)].map(([, code = '']) => code);
    expect(sections.toSorted()).toEqual(Object.keys(DIAGNOSTICS).toSorted());
  });

  test('every link leads to a page and, where it names one, to a heading of it', () => {
    const names = readdirSync(DOCS);
    const links = names.flatMap((name) =>
      [...contentOf(name).matchAll(/\]\(([\w.-]+)(?:#([\w-]+))?\)/g)].map(([, page = '', heading]) => ({
        page,
        heading,
      })),
    );
    const broken = links.filter(({ page, heading }) => {
      if (!names.includes(page)) return true;
      const headings = [...contentOf(page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
        text.toLowerCase().replaceAll(' ', '-'),
      );
      return heading !== undefined && !headings.includes(heading);
    });
    expect(links.length).toBeGreaterThan(10);
    expect(broken).toEqual([]);
  });

  test('status.md gives each reason the status that the examples of test/golden have', () => {
    const conditions = goldenNames
      .flatMap((name) => resultsOf(exampleOf(name)))
      .flatMap(({ statuses }) => Object.values(statuses).flatMap((status) => status.conditions ?? []));
    const documented = new Map(
      Object.entries(REASONS).flatMap(([type, reasons]) =>
        Object.entries(reasons).map(([reason, { status }]): [string, string] => [
          `${type} ${reason}`,
          status,
        ]),
      ),
    );
    const different = conditions.filter(
      ({ type, status, reason }) => documented.get(`${type} ${reason}`) !== status,
    );
    expect(conditions.length).toBeGreaterThan(100);
    expect(different).toEqual([]);
  });
});

test('every code that the CLI gives a finding is documented', () => {
  const cli = join(import.meta.dirname, '../../src/cli');
  const given = globSync('**/*.ts', { cwd: cli }).flatMap((name) =>
    [...readFileSync(join(cli, name), 'utf8').matchAll(/(?:code: |code = |, )'([A-Z]\w+)'[,)]/g)].map(
      ([, code = '']) => code,
    ),
  );
  const documented = new Set([...Object.keys(INPUT_FINDINGS), ...Object.keys(DIAGNOSTICS)]);
  expect([...new Set(given)].filter((code) => !documented.has(code))).toEqual([]);
  expect([...new Set(Object.keys(INPUT_FINDINGS))].filter((code) => !given.includes(code))).toEqual([]);
  const page = contentOf('diagnostics.md');
  expect(Object.keys(INPUT_FINDINGS).filter((code) => !page.includes(`| \`${code}\``))).toEqual([]);
});
