// The hand-written definitions of Istio's kinds agree with Istio's own in what matters to a client: names, versions,
// the status endpoint, how lists and maps are joined, and every field that they know of.
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
    readonly group: string;
    readonly scope: string;
    readonly names: unknown;
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly subresources: unknown;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
};

const KINDS = ['sidecars.networking.istio.io', 'serviceentries.networking.istio.io'];

async function definitions(file: string): Promise<ReadonlyMap<string, Definition>> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  const found = documents.map((document) => document.toJS() as Definition | null);
  return new Map(found.flatMap((each) => (each === null ? [] : [[each.metadata.name, each]])));
}

const ELSEWHERE = new Set([
  'properties',
  'items',
  'additionalProperties',
  'description',
  'format',
  'x-kubernetes-validations',
]);

/** What a schema says of itself, without its prose, its rules in CEL, its formats, and the fields below it. */
function said(schema: Schema): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !ELSEWHERE.has(key)));
}

function facts({ spec: { group, scope, names, versions } }: Definition) {
  return {
    group,
    scope,
    names,
    versions: versions.map(({ name, served, storage, subresources }) => ({
      name,
      served,
      storage,
      subresources,
    })),
  };
}

/** Where the copy says something else than the original, as `path: copy != original`. */
function disagreements(copy: Schema, original: Schema | undefined, path: string): readonly string[] {
  if (original === undefined) return [`${path}: not in the original`];
  const [ours, theirs] = [said(copy), said(original)].map((each) => JSON.stringify(sorted(each)));
  const here = ours === theirs ? [] : [`${path}: ${ours} != ${theirs}`];
  const fields = Object.entries(copy.properties ?? {}).flatMap(([key, field]) =>
    disagreements(field, original.properties?.[key], `${path}.${key}`),
  );
  const items = copy.items === undefined ? [] : disagreements(copy.items, original.items, `${path}[]`);
  const { additionalProperties: values } = copy;
  const theirValues = original.additionalProperties;
  const map =
    typeof values === 'object'
      ? disagreements(values, typeof theirValues === 'object' ? theirValues : undefined, `${path}{}`)
      : [];
  return [...here, ...fields, ...items, ...map];
}

function sorted(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).toSorted(([left], [right]) => left.localeCompare(right)));
}

describe.runIf(await realParts(ensureBinaries())).each(KINDS)('the definition of %s', (name) => {
  test('agrees with that of Istio', async () => {
    const { istioCrds } = demand(await ensureBinaries());
    const copy = (await definitions(join(import.meta.dirname, 'istio-crds.yaml'))).get(name);
    const original = (await definitions(istioCrds)).get(name);
    if (copy === undefined || original === undefined) throw new Error(`no definition of ${name}`);
    expect(facts(copy)).toEqual(facts(original));
    const schemas = copy.spec.versions.map(({ schema }, index) =>
      disagreements(schema.openAPIV3Schema, original.spec.versions[index]?.schema.openAPIV3Schema, ''),
    );
    expect(schemas.flat()).toEqual([]);
  });
});
