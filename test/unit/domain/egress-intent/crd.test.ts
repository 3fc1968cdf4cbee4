import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { customResourceDefinition } from '../../../../src/domain/egress-intent/crd.ts';

const COMMITTED = join(import.meta.dirname, '../../../../crds/egressintents.egressintent.io.yaml');

test('the committed definition is the one that the schema gives (`npm run crd` writes it)', () => {
  expect(parse(readFileSync(COMMITTED, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(customResourceDefinition())),
  );
});

test('every field of the schema has a description for `kubectl explain`', () => {
  const bare: string[] = [];
  const look = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node && typeof node.properties === 'object' && node.properties !== null) {
      for (const [name, child] of Object.entries(node.properties)) {
        if (!('description' in (child as object))) bare.push(`${path}.${name}`);
        look(child, `${path}.${name}`);
      }
    }
    if ('items' in node) look(node.items, `${path}[]`);
  };
  const definition = customResourceDefinition() as {
    spec: { versions: [{ schema: { openAPIV3Schema: { properties: { spec: unknown; status: unknown } } } }] };
  };
  const { spec, status } = definition.spec.versions[0].schema.openAPIV3Schema.properties;
  look(spec, 'spec');
  look(status, 'status');
  expect(bare).toEqual([]);
});
