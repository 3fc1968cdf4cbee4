// In which phase each drafted step runs.
import { expect, test } from 'vitest';
import { serviceEntryManifest, sidecarManifest } from '../../../src/plan/manifests.ts';
import { orderSteps } from '../../../src/plan/order/step-order.ts';
import { deleteStep, writeStep, type DraftStep, type Step } from '../../../src/plan/steps.ts';
import {
  desiredSidecar,
  liveServiceEntry,
  liveSidecar,
  NAMESPACE,
  serviceEntrySpec,
} from '../../support/literals.ts';
import type { Labels } from '../../../src/domain/labels.ts';

const HOST = 'red/a.example.com';
const requires: readonly string[] = [];

const entry = serviceEntryManifest(NAMESPACE, {
  kind: 'ServiceEntry',
  name: 'entry',
  spec: serviceEntrySpec([]),
  intents: [],
});
const early: DraftStep = { stage: 'before-sidecars', step: writeStep(entry, undefined), requires };
const late = (after: Step['after']): DraftStep => ({
  stage: 'after-sidecars',
  waitsFor: [],
  step: { ...writeStep(entry, undefined), after },
  requires,
});
const part: DraftStep = {
  stage: 'before-sidecars',
  step: { ...writeStep(entry, undefined), id: 'ServiceEntry/entry in part' },
  requires,
};
const last: DraftStep = { stage: 'last', step: deleteStep(liveServiceEntry('gone')), requires };

const sidecar = (
  name: string,
  selector: Labels,
  hosts: readonly string[] = ['green/*'],
  live = false,
  required = requires,
): DraftStep => ({
  stage: 'sidecar',
  step: writeStep(
    sidecarManifest(NAMESPACE, name, desiredSidecar(selector, [{ hosts }])),
    live ? liveSidecar(name) : undefined,
  ),
  requires: required,
  waitsFor: [],
});
const stale = (name: string, selector: Labels): DraftStep => ({
  stage: 'stale-sidecar',
  step: deleteStep(liveSidecar(name)),
  selector,
  requires,
});

const WEB = { app: 'web' };
const API = { app: 'api' };
const WEB_A = { app: 'web', tier: 'a' };

test.each<readonly [behaviour: string, steps: readonly DraftStep[], phases: readonly (readonly string[])[]]>([
  ['no step gives no phase', [], []],
  [
    'a Sidecar runs after the ServiceEntry of a host that it lists',
    [early, sidecar('web', WEB, [HOST]), sidecar('api', API)],
    [['ServiceEntry/entry', 'Sidecar/api'], ['Sidecar/web']],
  ],
  [
    'a new Sidecar runs before a less specific one',
    [sidecar('web-a', WEB_A), sidecar('web', WEB), sidecar('api', API)],
    [['Sidecar/web-a', 'Sidecar/api'], ['Sidecar/web']],
  ],
  [
    'an updated Sidecar runs together with a less specific one',
    [sidecar('web-a', WEB_A, ['green/*'], true), sidecar('web', WEB)],
    [['Sidecar/web-a', 'Sidecar/web']],
  ],
  [
    'a Sidecar is deleted after each Sidecar that may govern its pods next',
    [sidecar('web', WEB), sidecar('api', API), stale('old', WEB_A)],
    [['Sidecar/web', 'Sidecar/api'], ['Sidecar/old']],
  ],
  [
    'Sidecars that can match the same pod are deleted one after the other, others at once',
    [stale('default', {}), stale('web', WEB), stale('api', API)],
    [['Sidecar/default'], ['Sidecar/web', 'Sidecar/api']],
  ],
  [
    'a ServiceEntry that loses ports runs after every Sidecar',
    [sidecar('web-a', WEB_A), sidecar('web', WEB), stale('old', API), late('all')],
    [['Sidecar/web-a', 'Sidecar/old'], ['Sidecar/web'], ['ServiceEntry/entry']],
  ],
  [
    'a ServiceEntry that gains ports runs after its first part and the Sidecars that it names',
    [part, sidecar('web', WEB), late(['ServiceEntry/entry in part', 'Sidecar/web'])],
    [['ServiceEntry/entry in part', 'Sidecar/web'], ['ServiceEntry/entry']],
  ],
  [
    'a Sidecar prefers to run after a late ServiceEntry that it lists',
    [sidecar('web', WEB, [HOST]), sidecar('api', API), late(['Sidecar/api'])],
    [['Sidecar/api'], ['ServiceEntry/entry'], ['Sidecar/web']],
  ],
  [
    'a preference is ignored where it would close a cycle',
    [sidecar('web', WEB, [HOST]), late(['Sidecar/web'])],
    [['Sidecar/web'], ['ServiceEntry/entry']],
  ],
  [
    'a ServiceEntry is deleted after everything else',
    [last, sidecar('web', WEB, [HOST]), late(['Sidecar/web'])],
    [['Sidecar/web'], ['ServiceEntry/entry'], ['ServiceEntry/gone']],
  ],
  [
    'a step does not wait for one that a filter took out',
    [late(['Sidecar/withheld']), last],
    [['ServiceEntry/entry'], ['ServiceEntry/gone']],
  ],
])('%s', (_behaviour, steps, phases) => {
  expect(orderSteps(steps).map((phase) => phase.map(({ id }) => id))).toEqual(phases);
});

test.each([
  ['lists', early, sidecar('web', WEB, [HOST]), 'ServiceEntry/entry'],
  ['requires', early, sidecar('web', WEB, ['red/*'], true, ['ServiceEntry/entry']), 'ServiceEntry/entry'],
  [
    'requires to lose a port',
    part,
    sidecar('web', WEB, ['red/*'], true, ['ServiceEntry/entry']),
    'ServiceEntry/entry in part',
  ],
])(
  'a Sidecar runs after the ServiceEntries that it %s, and only if they were written',
  (...[, first, then, id]) => {
    const phases = orderSteps([first, then]);
    expect(phases.map((phase) => phase.map((step) => step.id))).toEqual([[id], ['Sidecar/web']]);
    expect(phases[1]?.[0]?.after).toEqual([id]);
  },
);
