// What the README shows is what the code does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseSpec } from '../../src/domain/egress-intent/intent.ts';
import { REASONS } from '../../src/domain/egress-intent/status.ts';
import { compiled } from '../support/compiler.ts';

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const [intentText = '', outputText = ''] = [...README.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
  ([, text]) => text,
);

type Intent = { readonly spec: { readonly allow: readonly unknown[] } };
const intent = parse(intentText) as Intent;

describe('the README', () => {
  test('shows an intent that is sound, with an entry of every kind', () => {
    const spec = parseSpec(intent.spec, 'red');
    expect(spec.ok && spec.value.allow.map(({ kind }) => kind)).toEqual([
      'namespace',
      'service',
      'host',
      'serviceEntry',
      'cidr',
    ]);
  });

  test('shows what becomes of its first three entries', () => {
    const shorter = { ...intent, spec: { ...intent.spec, allow: intent.spec.allow.slice(0, 3) } };
    const { manifests } = compiled([shorter], 'red');
    expect(parseAllDocuments(outputText).map((document): unknown => document.toJS())).toEqual(manifests);
  });

  test('names only reasons that there are', () => {
    const rows = README.split('\n').filter((line) =>
      /^\| `(Accepted|ResolvedRefs|Programmed|Effective)`/.test(line),
    );
    const known = new Set<string>(Object.values(REASONS).flatMap((reasons) => Object.keys(reasons)));
    const named = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
    expect(rows).toHaveLength(4);
    expect(named.filter((name) => !known.has(name) && !['Unknown'].includes(name))).toEqual([]);
  });
});
