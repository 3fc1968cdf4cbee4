// Which objects the status of an intent names.
import { expect, test } from 'vitest';
import { resourcesOf, standingOf, type IntentShare } from '../../../src/status/conditions.ts';
import {
  desiredServiceEntry,
  desiredSidecar,
  liveServiceEntry,
  liveSidecar,
  plannedSidecar,
} from '../../support/literals.ts';
import type { Withheld } from '../../../src/plan/steps.ts';

const share: IntentShare = {
  sidecars: [plannedSidecar('s', desiredSidecar({ app: 'web' }))],
  serviceEntries: [desiredServiceEntry('e')],
};

const runOf = (withheld: readonly Withheld[], failures: Readonly<Record<string, string>>) => ({
  plan: { withheld },
  outcome: { failures: new Map(Object.entries(failures)) },
  compilation: { audited: [] },
});

type Given = {
  readonly failures?: Readonly<Record<string, string>>;
  readonly withheld?: readonly Withheld[];
};

test.each<readonly [string, Given, readonly string[]]>([
  ['are the Sidecars, then the ServiceEntries', {}, ['Sidecar s', 'ServiceEntry e']],
  ['leave out one that could not be created', { failures: { 'Sidecar/s': '500' } }, ['ServiceEntry e']],
  [
    'leave out one that is withheld and does not exist',
    { withheld: [{ kind: 'ServiceEntry', name: 'e', reason: { kind: 'not-managed' } }] },
    ['Sidecar s'],
  ],
])('resources %s', (_behaviour, { failures = {}, withheld = [] }, expected) => {
  const live = { sidecars: [], serviceEntries: [liveServiceEntry('e', { managed: false })] };
  expect(
    resourcesOf(share, standingOf(live, runOf(withheld, failures))).map(
      ({ kind, name }) => `${kind} ${name}`,
    ),
  ).toEqual(expected);
});

test('resources keep an object that exists, whatever became of its update', () => {
  const live = { sidecars: [liveSidecar('s')], serviceEntries: [] };
  const [first] = resourcesOf(share, standingOf(live, runOf([], { 'Sidecar/s': '500' })));
  expect(first).toEqual({ kind: 'Sidecar', name: 's' });
});
