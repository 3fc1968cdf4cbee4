// istio-crds.yaml is a part of Istio's own definitions: the same names, and of each schema in it the same keywords.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ensureBinaries } from '../control-plane/binaries.ts';
import { demand, realParts } from '../control-plane/real-parts.ts';
import type { Schema } from './schema.ts';

type Definition = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly names: unknown;
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
};

async function definitionOf(kind: string, file: string) {
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  const definitions = documents.map((document) => document.toJS() as Definition | null);
  const spec = definitions.find((each) => each?.metadata.name === `${kind}.networking.istio.io`)?.spec;
  if (spec === undefined) throw new Error(`no definition of ${kind} in ${file}`);
  const { versions, ...rest } = spec;
  const { schema, ...version } = versions.find(({ name }) => name === 'v1') ?? {};
  return { rest, version, schema: schema?.openAPIV3Schema ?? {} };
}

const IGNORED = new Set(
  'properties items additionalProperties description format x-kubernetes-validations'.split(' '),
);

/** The keywords of a schema that the in-process server obeys, without those that contain other schemas. */
function keywordsOf(schema: Schema | undefined): unknown {
  return Object.fromEntries(Object.entries(schema ?? {}).filter(([key]) => !IGNORED.has(key)));
}

function compare(copy: Schema, original: Schema | undefined, path: string): void {
  expect({ path, schema: keywordsOf(copy) }).toEqual({ path, schema: keywordsOf(original) });
  for (const [name, field] of Object.entries(copy.properties ?? {}))
    compare(field, original?.properties?.[name], `${path}.${name}`);
  if (copy.items !== undefined) compare(copy.items, original?.items, `${path}[]`);
  const { additionalProperties: values } = copy;
  if (typeof values === 'object') compare(values, original?.additionalProperties as Schema, `${path}{}`);
}

describe.runIf(await realParts(ensureBinaries()))('the copy of the definition', () => {
  test.each(['sidecars', 'serviceentries'])('of %s agrees with that of Istio', async (kind) => {
    const copy = await definitionOf(kind, join(import.meta.dirname, 'istio-crds.yaml'));
    const original = await definitionOf(kind, demand(await ensureBinaries()).istioCrds);
    expect(original.rest).toMatchObject(copy.rest);
    expect(original.version).toMatchObject(copy.version);
    compare(copy.schema, original.schema, '');
  });
});
