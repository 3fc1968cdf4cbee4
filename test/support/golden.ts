// The golden examples: worlds under one sentence each, as files that a newcomer can read.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { clusterFromObjects } from '../../src/cluster/from-objects.ts';
import type { SettingsInput } from '../../src/domain/settings.ts';
import { compiled, settingsWith, type Compiled } from './compiler.ts';

export const FOLDER = join(import.meta.dirname, '../golden');
export const EXPECTED = '.expected.yaml';

/** The examples' names, in order. */
export const goldenNames: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml') && !file.endsWith(EXPECTED))
  .map((file) => file.replace('.yaml', ''))
  .toSorted();

/** `settings` is the document of kind Settings, which only examples have. */
export type Example = { readonly objects: readonly unknown[]; readonly settings: SettingsInput };

const isSettings = (value: unknown): boolean =>
  z.object({ kind: z.literal('Settings') }).safeParse(value).success;

export function exampleOf(name: string): Example {
  const values = parseAllDocuments(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8')).map(
    (document): unknown => document.toJS(),
  );
  return { objects: values.filter((value) => !isSettings(value)), settings: values.find(isSettings) ?? {} };
}

/** What becomes of each namespace that holds an intent, in order. */
export function resultsOf({ objects, settings }: Example): readonly Compiled[] {
  return clusterFromObjects(objects)
    .namespacesWithIntents()
    .map((namespace) => compiled(objects, namespace, settingsWith(settings)));
}
