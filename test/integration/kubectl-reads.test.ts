// The table of spellings that the reader of the CLI is tested with says what kubectl reads.
import { describe, expect, test } from 'vitest';
import { kubectl } from '../kits/control-plane/kubectl.ts';
import { REFUSED, REFUSED_BY_US, SCALARS, TEXTS } from '../support/yaml-spellings.ts';

const HEAD = { apiVersion: 'example.io/v1', kind: 'Example', metadata: { name: 'x' } };

async function read(stdin: string): Promise<{ readonly code: number | null; readonly stdout: string }> {
  return kubectl('', ['annotate', '--local', '-f', '-', '-o', 'json', 'read=by-kubectl'], stdin);
}

/** The fields of the text, below those that make it an object: kubectl reads nothing else. */
const asObject = (text: string): string => {
  if (/^\s*\{/.test(text)) return text.replace('{', `{${JSON.stringify(HEAD).slice(1, -1)}, `);
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const head = Object.entries(HEAD)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('');
  return `${mark}${text
    .slice(mark.length)
    .split(/(?<=^---[^\n{]*\n)/m)
    .map((part) => (/^(?!---|#|%)[^\s]/m.test(part) ? head + part : part))
    .join('')}`;
};

function documentsIn(stdout: string): readonly unknown[] {
  const objects = JSON.parse(`[${stdout.replaceAll(/^\}\n\{/gm, '},{')}]`) as Record<string, unknown>[];
  return objects.map(({ apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...rest }) => rest);
}

test('scalars', async () => {
  const { stdout } = await read(asObject(`a:\n${SCALARS.map(([spelling]) => `  - ${spelling}\n`).join('')}`));
  expect(documentsIn(stdout)).toEqual([{ a: SCALARS.map(([, value]) => value) }]);
});

test.each(TEXTS)('%j', async (text, documents) => {
  const { stdout } = await read(asObject(text));
  expect(documentsIn(stdout)).toEqual(documents);
});

describe('kubectl refuses', () => {
  test.each(REFUSED)('%j', async (text) => {
    expect((await read(asObject(text))).code).not.toBe(0);
  });
});

describe('kubectl does not refuse what only we refuse', () => {
  test.each(REFUSED_BY_US)('%j', async (text) => {
    expect((await read(asObject(text))).code).toBe(0);
  });
});
