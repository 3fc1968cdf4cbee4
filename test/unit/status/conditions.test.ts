// What Accepted, ResolvedRefs and Programmed say, and when.
import { describe, expect, test } from 'vitest';
import {
  acceptedCondition,
  programmedCondition,
  resolvedRefsCondition,
  standingOf,
  type IntentShare,
} from '../../../src/status/conditions.ts';
import { messageOf, type Diagnostic } from '../../../src/domain/egress-intent/diagnostics.ts';
import { desiredServiceEntry, desiredSidecar, intent, plannedSidecar } from '../../support/literals.ts';
import type { Withheld } from '../../../src/plan/steps.ts';

const runOf = (withheld: readonly Withheld[], failures: Readonly<Record<string, string>>) => ({
  plan: { withheld },
  outcome: { failures: new Map(Object.entries(failures)) },
  compilation: { audited: [] },
});

const refused: Diagnostic = {
  code: 'ExternalNameLoop',
  intent: 'web',
  entry: 0,
  service: 'red/loop',
};
const warning: Diagnostic = {
  code: 'ExternalNameOutsideMesh',
  intent: 'web',
  entry: 1,
  service: 'red/out',
  host: 'a.example.com',
};
const notFound: Diagnostic = { code: 'NamespaceNotFound', intent: 'web', entry: 2, namespace: 'green' };
const notExported: Diagnostic = {
  code: 'ServiceNotExported',
  intent: 'web',
  entry: 3,
  service: 'green/api',
};

const at = (path: string, diagnostic: Diagnostic): string => `${path}: ${messageOf(diagnostic)}`;

describe('Accepted', () => {
  test.each<readonly [string, readonly Diagnostic[], string, string, string]>([
    ['is True without diagnostics', [], 'True', 'Accepted', 'no entry is refused'],
    ['is True where only references are missing', [notFound], 'True', 'Accepted', 'no entry is refused'],
    ['is True with a warning', [warning], 'True', 'Warnings', at('spec.allow[1]', warning)],
    [
      'is False with a refused entry',
      [warning, refused],
      'False',
      'EntriesRefused',
      at('spec.allow[0]', refused),
    ],
    [
      'names every refused entry',
      [refused, { ...refused, entry: 4 }],
      'False',
      'EntriesRefused',
      `${at('spec.allow[0]', refused)}; ${at('spec.allow[4]', refused)}`,
    ],
  ])('%s', (_behaviour, diagnostics, status, reason, message) => {
    expect(acceptedCondition(diagnostics)).toEqual({ type: 'Accepted', status, reason, message });
  });
});

describe('ResolvedRefs', () => {
  const resolved = 'every object that an entry names exists and is exported to this namespace';
  test.each<readonly [string, readonly Diagnostic[], string, string, string]>([
    ['is True without diagnostics', [], 'True', 'ResolvedRefs', resolved],
    ['is True where entries are refused', [refused], 'True', 'ResolvedRefs', resolved],
    ['is False for a missing object', [notFound], 'False', 'RefNotFound', at('spec.allow[2]', notFound)],
    [
      'is False for an object that is not exported',
      [notExported],
      'False',
      'NotExported',
      at('spec.allow[3]', notExported),
    ],
    [
      'gives RefNotFound where one object is missing and another is not exported',
      [notFound, notExported],
      'False',
      'RefNotFound',
      `${at('spec.allow[2]', notFound)}; ${at('spec.allow[3]', notExported)}`,
    ],
  ])('%s', (_behaviour, diagnostics, status, reason, message) => {
    expect(resolvedRefsCondition(diagnostics)).toEqual({ type: 'ResolvedRefs', status, reason, message });
  });
});

const WEB = { app: 'web' };
const share: IntentShare = {
  sidecars: [plannedSidecar('s', desiredSidecar(WEB))],
  serviceEntries: [desiredServiceEntry('e')],
};

type Given = {
  readonly mode?: 'Audit';
  readonly share?: IntentShare;
  readonly failures?: Readonly<Record<string, string>>;
  readonly withheld?: readonly Withheld[];
};

const byBroken = { kind: 'invalid-intent', intent: 'broken' } as const;

describe('Programmed', () => {
  test.each<readonly [string, Given, string, string, string]>([
    [
      'is True once every object is written',
      {},
      'True',
      'Programmed',
      'every Sidecar and ServiceEntry of this intent is up to date',
    ],
    [
      'is False with the error of a failed write',
      { failures: { 'Sidecar/s': '422 Invalid', 'Sidecar/unrelated': '500' } },
      'False',
      'WriteFailed',
      'Sidecar/s: 422 Invalid',
    ],
    [
      'is True where only objects of other intents fail or are withheld',
      {
        failures: { 'Sidecar/e': '500' },
        withheld: [{ kind: 'ServiceEntry', name: 's', reason: { kind: 'not-managed' } }],
      },
      'True',
      'Programmed',
      'every Sidecar and ServiceEntry of this intent is up to date',
    ],
    [
      'is False where an object is not managed',
      { withheld: [{ kind: 'ServiceEntry', name: 'e', reason: { kind: 'not-managed' } }] },
      'False',
      'Withheld',
      'ServiceEntry/e is left unchanged: it exists and is not managed by egress-intent, so delete it, or create it again under another name',
    ],
    [
      'is False where an invalid intent contributes to an object',
      { withheld: [{ kind: 'Sidecar', name: 's', reason: byBroken }] },
      'False',
      'Withheld',
      'Sidecar/s is left unchanged: intent broken contributes to it and is invalid, so correct that intent',
    ],
    [
      'names the object that a withheld one depends on',
      { withheld: [{ kind: 'Sidecar', name: 's', reason: byBroken, dependsOn: 'Sidecar/old' }] },
      'False',
      'Withheld',
      'Sidecar/s is not written, because it depends on Sidecar/old, which is left unchanged: intent broken contributes to it and is invalid, so correct that intent',
    ],
    [
      'names failed writes and withheld objects',
      {
        failures: { 'ServiceEntry/e': '500' },
        withheld: [{ kind: 'Sidecar', name: 's', reason: byBroken }],
      },
      'False',
      'WriteFailed',
      'Sidecar/s is left unchanged: intent broken contributes to it and is invalid, so correct that intent; ServiceEntry/e: 500',
    ],
    [
      'in mode Audit says what Enforce would write, and where the entries are granted already',
      { mode: 'Audit' },
      'True',
      'Audited',
      'mode Audit restricts nothing; mode Enforce would write Sidecar egress-intent-998-web-04e8ecbeb81a, which lists blue/*, green/*; for pods that another intent restricts, these entries are already granted, in Sidecar s',
    ],
    [
      'in mode Audit does not mention other intents where none restricts its pods',
      { mode: 'Audit', share: { sidecars: [], serviceEntries: [] } },
      'True',
      'Audited',
      'mode Audit restricts nothing; mode Enforce would write Sidecar egress-intent-998-web-04e8ecbeb81a, which lists blue/*, green/*',
    ],
  ])('%s', (_behaviour, given, status, reason, message) => {
    const { mode = 'Enforce', failures = {}, withheld = [] } = given;
    const audited = [desiredSidecar({ app: 'api' }), desiredSidecar(WEB, [{ hosts: ['blue/*', 'green/*'] }])];
    const run = { ...runOf(withheld, failures), compilation: { audited } };
    const { pending, audited: byScope } = standingOf({ sidecars: [], serviceEntries: [] }, run);
    const standing = { pending, auditedOf: (scope: string) => byScope.get(scope) };
    expect(programmedCondition(intent('web', { mode }), given.share ?? share, standing)).toEqual({
      type: 'Programmed',
      status,
      reason,
      message,
    });
  });
});
