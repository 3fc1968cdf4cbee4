// Under which name each desired ServiceEntry is written, and which live object it updates.
import { expect, test } from 'vitest';
import { chooseEntryNames } from '../../../src/plan/service-entry-names.ts';
import { desiredServiceEntry, liveServiceEntry } from '../../support/literals.ts';

const foreign = { managed: false };
const terminating = { isTerminating: true };

test.each([
  ['the first name is free', [], 'e', false],
  ['the live object is ours', [liveServiceEntry('e')], 'e', true],
  ['a foreign object has the name', [liveServiceEntry('e', foreign)], 'e-2', false],
  ['ours is being deleted', [liveServiceEntry('e', terminating)], 'e-2', false],
  [
    'foreign objects have two names',
    ['e', 'e-2'].map((name) => liveServiceEntry(name, foreign)),
    'e-3',
    false,
  ],
  ['ours has a later name', [liveServiceEntry('e', foreign), liveServiceEntry('e-2')], 'e-2', true],
  ['ours has a later name and the first is free again', [liveServiceEntry('e-2')], 'e-2', true],
  ['ours has two names', ['e-10', 'e-9'].map((name) => liveServiceEntry(name)), 'e-9', true],
  ['an object of another host ends in a number too', [liveServiceEntry('f-2')], 'e', false],
])('%s', (_behaviour, live, name, kept) => {
  const [planned] = chooseEntryNames([desiredServiceEntry('e')], live);
  expect(planned?.name).toBe(name);
  expect(planned?.live?.name).toBe(kept ? name : undefined);
});
