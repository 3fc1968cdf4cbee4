// What the compiler makes of a file of test/cases, with texts in it replaced.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { isNameable } from '../../src/domain/istio/nameable.ts';
import type { SidecarSpec } from '../../src/domain/kinds/sidecar.ts';
import type { SettingsInput } from '../../src/domain/settings.ts';
import { compiled, settingsWith } from './compiler.ts';

export type Edits = readonly (readonly [from: string, to: string])[];

/** The codes by entry (`0 HostIsService`), and the Sidecars, of a case in which texts are replaced. */
export function outcomeOf(name: string, edits: Edits = [], namespace = 'red', settings: SettingsInput = {}) {
  const input = edits.reduce(
    (text, [from, to]) => {
      expect(text).toContain(from);
      return text.replaceAll(from, () => to);
    },
    readFileSync(join(import.meta.dirname, '../cases', `${name}.yaml`), 'utf8'),
  );
  const objects = parseAllDocuments(input).map((document): unknown => document.toJS());
  const { compilation } = compiled(objects, namespace, settingsWith(settings));
  const specs: readonly SidecarSpec[] = compilation.sidecars.map(({ spec }) => spec);
  const hosts = specs.flatMap(({ egress }) => egress.flatMap((listener) => listener.hosts));
  expect(hosts.filter((host) => !isNameable(host))).toEqual([]);
  return {
    codes: compilation.diagnostics.map(({ code, entry }) => `${entry ?? '-'} ${code}`),
    diagnostics: compilation.diagnostics,
    sidecars: specs.length,
    hosts,
  };
}
