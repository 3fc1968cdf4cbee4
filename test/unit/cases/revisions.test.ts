// Objects with the label `istio.io/rev`: istiods of another revision pass over them, so nothing that is granted may depend on them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { messageOf } from '../../../src/domain/egress-intent/diagnostics.ts';
import { compiled, settingsWith } from '../../support/compiler.ts';
import { istiodPod } from '../../support/story.ts';

function objectsOf(name: string, edit?: (text: string) => string): readonly unknown[] {
  const text = readFileSync(join(import.meta.dirname, '../../cases', `${name}.yaml`), 'utf8');
  const edited = edit?.(text) ?? text;
  expect(edited === text).toBe(edit === undefined);
  return parseAllDocuments(edited).map((document): unknown => document.toJS());
}

const OWN = 'egress-intent-www-ext-com-519f95b8483a';

/** What becomes of the registration of the intent in namespace red, and what is said. */
function outcomeOf(
  revisions: readonly (string | undefined)[],
  edit?: (text: string) => string,
  trustedNamespaces: readonly string[] = [],
) {
  const objects = [...objectsOf('73-entry-of-a-revision', edit), ...revisions.map(istiodPod)];
  const { compilation } = compiled(objects, 'red', settingsWith({ trustedNamespaces }));
  return {
    messages: compilation.diagnostics.map((each) => messageOf(each)),
    registered: compilation.serviceEntries.map(({ name }) => name),
    listed: compilation.sidecars.flatMap(({ spec }) => spec.egress.flatMap(({ hosts }) => hosts)),
    codes: compilation.diagnostics.map(({ code }) => code),
  };
}

type EntryCase = [
  title: string,
  revisions: readonly (string | undefined)[],
  edit?: (text: string) => string,
  trusted?: readonly string[],
];
type SidecarCase = [title: string, revisions: readonly (string | undefined)[], effective: string];

const inRed = (text: string): string => text.replace('namespace: istio-system', 'namespace: red');
const named = (text: string): string =>
  text.replace('{ host: www.ext.com }', '{ serviceEntry: { host: www.ext.com, namespace: istio-system } }');
const older = (text: string): string => text.replace('2026-05-01', '2025-05-01');

describe('73-entry-of-a-revision: an entry that an istiod may pass over replaces nothing', () => {
  test.each<EntryCase>([
    ['as it is', []],
    ['variant: an istiod of another revision runs too', ['canary', 'default']],
    ['variant: an istiod does not say its revision', ['canary', undefined]],
    ['variant: it is the older one', [], older],
    [
      'variant: in a trusted namespace',
      [],
      (text) => text.replace('namespace: istio-system', 'namespace: tools'),
      ['tools'],
    ],
    ['variant: another label value', [], (text) => text.replace('canary', '1-31-0')],
    ['variant: an empty revision', [], (text) => text.replace('canary', '""')],
  ])('%s', (_what, revisions, edit, trusted) => {
    const { registered, listed, codes } = outcomeOf(revisions, edit, trusted);
    expect(registered).toEqual([OWN]);
    expect(listed).toContain('red/www.ext.com');
    expect(codes).toEqual(['RegistrationOfRevision']);
  });

  test.each<EntryCase>([
    ['variant: no istiod reads it', ['default', '1-31-0']],
    ['variant: it is in the namespace itself', [], inRed],
    ['variant: it is in the namespace itself and older', [], (text) => inRed(older(text))],
    [
      'variant: it has addresses, and no istiod reads it',
      ['default'],
      (text) =>
        inRed(older(text)).replace(
          'resolution: DNS, ports',
          'addresses: [192.0.2.1], resolution: DNS, ports',
        ),
    ],
  ])('%s', (_what, revisions, edit) => {
    const { registered, listed } = outcomeOf(revisions, edit);
    expect(registered).toEqual([OWN]);
    expect(listed).toContain('red/www.ext.com');
  });

  test.each<EntryCase>([
    ['variant: every istiod reads it', ['canary', 'canary']],
    ['variant: it has no revision', [], (text) => text.replace('istio.io/rev', 'team')],
  ])('%s', (_what, revisions, edit) => {
    const { registered, listed, codes } = outcomeOf(revisions, edit);
    expect(registered).toEqual([]);
    expect(listed).toContain('istio-system/www.ext.com');
    expect(codes).toEqual(['RegistrationFollowed']);
  });

  test.each<EntryCase>([
    ['named with serviceEntry', [], named],
    ['the same, an istiod of another revision runs too', ['canary', 'default'], named],
    ['the same, another label value', [], (text) => named(text).replace('canary', '1-31-0')],
    [
      'the same, exported to the caller only',
      [],
      (text) => named(text).replace('spec: { hosts', 'spec: { exportTo: [red], hosts'),
    ],
  ])('%s: told with its revision, and not as one that is not exported', (_what, revisions, edit) => {
    const { listed, codes, messages } = outcomeOf(revisions, edit);
    expect(listed).toContain('istio-system/www.ext.com');
    expect(codes).toEqual(['ServiceEntryNotExported']);
    expect(messages[0]).toMatch(/for the Istio revision (canary|1-31-0) only/);
    expect(messages[0]).not.toContain('exportTo');
  });

  test.each<EntryCase>([
    ['as the messages say: without the label', [], (text) => named(text).replace('istio.io/rev', 'team')],
    [
      'and not exported: told so',
      [],
      (text) => named(text).replace('spec: { hosts', 'spec: { exportTo: [blue], hosts'),
    ],
  ])('named with serviceEntry, %s', (_what, revisions, edit) => {
    const { messages } = outcomeOf(revisions, edit);
    expect(messages.filter((each) => each.includes('revision'))).toEqual([]);
  });
});

describe('74-sidecar-of-a-revision: a Sidecar that no istiod reads governs nothing', () => {
  test.each<SidecarCase>([
    ['as it is: no istiod is known', [], 'False'],
    ['variant: an istiod reads it', ['default', 'nope'], 'False'],
    ['variant: an istiod does not say its revision', ['default', undefined], 'False'],
    ['variant: none reads it', ['default'], 'True'],
    ['variant: none of several reads it', ['default', '1-31-0'], 'True'],
  ])('%s', (_what, revisions, expected) => {
    const { statuses } = compiled(
      [...objectsOf('74-sidecar-of-a-revision'), ...revisions.map(istiodPod)],
      'red',
    );
    const effective = (statuses['red']?.conditions ?? []).find(({ type }) => type === 'Effective');
    expect(effective?.status).toBe(expected);
  });
});

const codesWith = (revisions: readonly (string | undefined)[], edit?: (text: string) => string) => {
  const objects = [...objectsOf('77-routes-of-a-revision', edit), ...revisions.map(istiodPod)];
  return new Set(compiled(objects, 'red').compilation.diagnostics.map(({ code }) => code));
};

describe('77-routes-of-a-revision: what no istiod reads is neither followed nor told', () => {
  test.each<EntryCase>([
    ['as it is, with an istiod', ['default']],
    ['variant: none of several reads them', ['default', '1-31-0']],
    ['variant: another revision', ['default'], (text) => text.replaceAll('nope', 'canary')],
    ['variant: an empty revision', ['default'], (text) => text.replaceAll('nope', '""')],
  ])('%s', (_what, revisions, edit) => {
    expect(codesWith(revisions, edit)).toEqual(new Set());
  });

  test.each<EntryCase>([
    ['variant: no istiod is known', []],
    ['variant: an istiod does not say its revision', ['default', undefined]],
    ['variant: an istiod reads them', ['default', 'nope']],
    ['variant: no label', ['default'], (text) => text.replaceAll('istio.io/rev: nope', 'team: nope')],
  ])('%s', (_what, revisions, edit) => {
    expect(codesWith(revisions, edit)).toEqual(
      new Set(['RouteFollowed', 'DestinationRulePassthrough', 'EnvoyFilterPresent']),
    );
  });
});
