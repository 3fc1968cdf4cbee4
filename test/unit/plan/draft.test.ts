// Which writes are drafted, as if nothing had to be withheld.
import { expect, test } from 'vitest';
import { draftPlan } from '../../../src/plan/draft.ts';
import { sidecarName } from '../../../src/compile/object-names.ts';
import { compiled } from '../../support/compiler.ts';
import {
  desiredServiceEntry,
  desiredSidecar,
  liveServiceEntry,
  liveSidecar,
  serviceEntrySpec,
} from '../../support/literals.ts';
import type { Compilation } from '../../../src/compile/compilation.ts';
import type { Snapshot } from '../../../src/cluster/snapshot.ts';
import type { Labels } from '../../../src/domain/labels.ts';

const WEB = { app: 'web' };
const WEB_A = { app: 'web', tier: 'a' };
const nameOf = (selector: Labels): string => sidecarName(selector, 1);
const empty = compiled([], 'red');

type Row = readonly [
  behaviour: string,
  desired: Partial<Compilation>,
  live: Partial<Snapshot>,
  /** `STAGE ID requires IDS`. */
  steps: readonly string[],
];

test.each<Row>([
  ['drafts nothing for an empty namespace', {}, {}, []],
  [
    'writes ServiceEntries and Sidecars that do not exist',
    { serviceEntries: [desiredServiceEntry('e')], sidecars: [desiredSidecar(WEB)] },
    {},
    ['before-sidecars ServiceEntry/e requires -', `sidecar Sidecar/${nameOf(WEB)} requires -`],
  ],
  [
    'leaves alone what is as desired',
    { sidecars: [desiredSidecar(WEB)] },
    { sidecars: [liveSidecar(nameOf(WEB), { spec: desiredSidecar(WEB).spec })] },
    [],
  ],
  [
    'updates an object that an invalid intent contributes to, since withholding comes later',
    { sidecars: [desiredSidecar(WEB)] },
    { sidecars: [liveSidecar(nameOf(WEB), { intents: [{ name: 'broken', uid: '' }] })] },
    [`sidecar Sidecar/${nameOf(WEB)} requires -`],
  ],
  [
    'deletes managed objects that are no longer desired, Sidecars in the reverse of the precedence',
    {},
    {
      serviceEntries: [liveServiceEntry('e')],
      sidecars: [liveSidecar('default'), liveSidecar('web', { selector: WEB })],
    },
    [
      'last ServiceEntry/e requires -',
      'stale-sidecar Sidecar/default requires -',
      'stale-sidecar Sidecar/web requires -',
    ],
  ],
  [
    'never deletes a foreign object',
    {},
    {
      serviceEntries: [liveServiceEntry('e', { managed: false })],
      sidecars: [liveSidecar('s', { managed: false })],
    },
    [],
  ],
  [
    'makes a new Sidecar require the managed Sidecars that match its pods, and their deletion require it',
    { sidecars: [desiredSidecar(WEB_A)] },
    {
      sidecars: [
        liveSidecar('default'),
        liveSidecar('web', { selector: WEB }),
        liveSidecar('api', { selector: { app: 'api' } }),
        liveSidecar('by-hand', { selector: WEB, managed: false }),
      ],
    },
    [
      `sidecar Sidecar/${nameOf(WEB_A)} requires Sidecar/web,Sidecar/default`,
      `stale-sidecar Sidecar/default requires Sidecar/${nameOf(WEB_A)}`,
      `stale-sidecar Sidecar/web requires Sidecar/${nameOf(WEB_A)}`,
      'stale-sidecar Sidecar/api requires -',
    ],
  ],
])('%s', (_behaviour, desired, live, steps) => {
  const draft = draftPlan(
    { ...empty.compilation, ...desired },
    { ...empty.snapshot, namespace: 'red', ...live },
    new Set(),
  );
  expect(
    draft.steps.map(
      ({ stage, step, requires }) => `${stage} ${step.id} requires ${requires.join(',') || '-'}`,
    ),
  ).toEqual(steps);
  expect(draft.withheld).toEqual([]);
});

test.each([
  ['terminating', { isTerminating: true }, []],
  ['recreated', {}, ['Sidecar/old', 'ServiceEntry/old']],
])('an object that is %s is not deleted again, and counts as standing', (kind, given, resisting) => {
  const draft = draftPlan(
    empty.compilation,
    {
      ...empty.snapshot,
      sidecars: [liveSidecar('old', given), liveSidecar('gone')],
      serviceEntries: [liveServiceEntry('old', given)],
    },
    new Set(resisting),
  );
  expect(draft.steps.map(({ step }) => step.id)).toEqual(['Sidecar/gone']);
  expect(draft.undeleted.map(({ name, reason }) => [name, reason])).toEqual([['old', { kind }]]);
});

test('a wanted Sidecar that is being deleted is created under another name', () => {
  const old = liveSidecar(nameOf(WEB), { isTerminating: true, selector: WEB });
  const draft = draftPlan(
    { ...empty.compilation, sidecars: [desiredSidecar(WEB)] },
    { ...empty.snapshot, sidecars: [old] },
    new Set(),
  );
  expect(draft.steps.map(({ step }) => step.id)).toEqual([`Sidecar/${nameOf(WEB)}-2`]);
  expect(draft.undeleted.map(({ name }) => name)).toEqual([nameOf(WEB)]);
});

test.each([
  ['*.ext.com', 'a wildcard above it waits for', ['Sidecar/old', 'ServiceEntry/exact']],
  ['*.com', 'a wider wildcard above it waits for', ['Sidecar/old', 'ServiceEntry/exact']],
  ['*.other.com', 'a wildcard elsewhere does not wait for', []],
  ['c.ext.com', 'another host does not wait for', []],
])('%s: %s a port that a host gains late', (host, _behaviour, after) => {
  const port = { number: 8080, name: 'http-8080', protocol: 'HTTP' as const };
  const entry = (name: string, of: string) => ({
    ...desiredServiceEntry(name),
    spec: serviceEntrySpec([port], of),
  });
  const old = liveSidecar('old', { egress: [{ hosts: ['red/b.ext.com'] }] });
  const { steps } = draftPlan(
    { ...empty.compilation, serviceEntries: [entry('other', host), entry('exact', 'b.ext.com')] },
    { ...empty.snapshot, namespace: 'red', sidecars: [old] },
    new Set(),
  );
  const late = steps
    .filter(({ stage }) => stage === 'after-sidecars')
    .map(({ step }) => [step.id, step.after]);
  const exact = ['ServiceEntry/exact', ['ServiceEntry/exact in part', 'Sidecar/old']];
  const waiting = ['ServiceEntry/other', ['ServiceEntry/other in part', ...after]];
  expect(late).toEqual(after.length === 0 ? [exact] : [exact, waiting]);
});
