// Reads the golden examples of test/golden: each is a file of objects under a comment that says what it shows.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { clusterFromObjects } from '../../src/cluster/from-objects.ts';
import type { SettingsInput } from '../../src/domain/settings.ts';
import { compiled, settingsWith, type Compiled } from './compiler.ts';

export const FOLDER = join(import.meta.dirname, '../golden');
export const EXPECTED = '.expected.yaml';

/** The names of the examples, sorted. */
export const goldenNames: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml') && !file.endsWith(EXPECTED))
  .map((file) => file.replace('.yaml', ''))
  .toSorted();

/** `settings` is the document of kind Settings, which exists only in examples. */
export type Example = { readonly objects: readonly unknown[]; readonly settings: SettingsInput };

const isSettings = (value: unknown): boolean =>
  z.object({ kind: z.literal('Settings') }).safeParse(value).success;

export function exampleOf(name: string): Example {
  const values = parseAllDocuments(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8')).map(
    (document): unknown => document.toJS(),
  );
  return { objects: values.filter((value) => !isSettings(value)), settings: values.find(isSettings) ?? {} };
}

/** The compiler's results for each namespace that has an intent, in order. */
export function resultsOf({ objects, settings }: Example): readonly Compiled[] {
  return clusterFromObjects(objects)
    .namespacesWithIntents()
    .map((namespace) => compiled(objects, namespace, settingsWith(settings)));
}
