// Examples for readers: test/golden/NAME.yaml is a cluster with one sentence about it, NAME.expected.yaml the result. `npm run golden`
// writes the expected results again; read the difference before you commit it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { compiled, settingsWith, liveObject, type Compiled } from '../support/compiler.ts';
import { exampleOf, EXPECTED, FOLDER, goldenNames, resultsOf } from '../support/golden.ts';
import { DIAGNOSTICS } from '../../src/domain/egress-intent/diagnostics.ts';
import type { Step } from '../../src/plan/steps.ts';

function textOf(results: readonly Compiled[]): string {
  const documents = results.flatMap(({ manifests, plan, snapshot, statuses }) => [
    { writes: plan.phases.map((phase) => phase.map((step) => `${verbOf(step)} ${step.id}`)) },
    ...manifests,
    ...Object.entries(statuses).map(([name, status]) => ({
      status: `${snapshot.namespace}/${name}`,
      ...Object.fromEntries(
        (status.conditions ?? []).map((one) => [one.type, `${one.status} ${one.reason}: ${one.message}`]),
      ),
    })),
  ]);
  return documents
    .map((document) => stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join('---\n');
}

describe.each(goldenNames)('golden: %s', (name) => {
  const example = exampleOf(name);

  test('compiles to what is expected', () => {
    const file = join(FOLDER, `${name}${EXPECTED}`);
    const text = textOf(resultsOf(example));
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  test('gives the same bytes whatever the order of the input', () => {
    const text = textOf(resultsOf(example));
    const shuffled = fc.shuffledSubarray([...example.objects], { minLength: example.objects.length });
    fc.assert(
      fc.property(shuffled, (objects) => textOf(resultsOf({ ...example, objects })) === text),
      { numRuns: 20 },
    );
  });

  test('plans no apply once its own output is in the cluster', () => {
    for (const { manifests, snapshot } of resultsOf(example)) {
      const withdrawn = new Set(manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
      const kept = example.objects.filter((object) => !withdrawn.has(titleOf(object)));
      const after = compiled(
        [...kept, ...manifests.map((manifest) => liveObject(manifest))],
        snapshot.namespace,
        settingsWith(example.settings),
      );
      expect(after.plan.phases.flat().filter(({ kind }) => kind === 'apply')).toEqual([]);
    }
  });
});

const verbOf = (step: Step): string => (step.kind === 'apply' ? step.verb : step.kind);

function titleOf(object: unknown): string {
  const { kind, metadata } = z
    .object({ kind: z.string(), metadata: z.object({ name: z.string() }) })
    .parse(object);
  return `${kind}/${metadata.name}`;
}

test('every diagnostic appears in some example', () => {
  const codes = new Set<string>(Object.keys(DIAGNOSTICS));
  const shown = goldenNames.flatMap((name) =>
    resultsOf(exampleOf(name)).flatMap(({ compilation }) =>
      compilation.diagnostics.map(({ code }): string => code),
    ),
  );
  expect(codes.size).toBeGreaterThan(5);
  expect([...codes.difference(new Set(shown))]).toEqual([]);
});
