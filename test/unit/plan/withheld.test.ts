// Which steps the filter takes out of a draft, and what it records.
import { describe, expect, test } from 'vitest';
import { sidecarManifest } from '../../../src/plan/manifests.ts';
import { deleteStep, writeStep, type Draft, type DraftStep } from '../../../src/plan/steps.ts';
import { withhold } from '../../../src/plan/withheld.ts';
import { ISTIO_API_VERSION, type ServiceEntryManifest } from '../../../src/domain/kinds/manifest.ts';
import { compiled } from '../../support/compiler.ts';
import {
  desiredSidecar,
  invalidIntent,
  liveServiceEntry,
  liveSidecar,
  NAMESPACE,
  serviceEntrySpec,
} from '../../support/literals.ts';

const entry = (name: string): ServiceEntryManifest => ({
  apiVersion: ISTIO_API_VERSION,
  kind: 'ServiceEntry',
  metadata: { name, namespace: NAMESPACE, labels: {} },
  spec: serviceEntrySpec([]),
});
const writeEntry = (
  name: string,
  requires: readonly string[] = [],
  id = `ServiceEntry/${name}`,
): DraftStep => ({
  stage: 'before-sidecars',
  step: { ...writeStep(entry(name), undefined), id },
  requires,
});
const writeSidecar = (name: string, requires: readonly string[] = []): DraftStep => ({
  stage: 'sidecar',
  step: writeStep(sidecarManifest(NAMESPACE, name, desiredSidecar({ app: name })), undefined),
  requires,
  waitsFor: [],
});
const deleteSidecar = (name: string): DraftStep => ({
  stage: 'stale-sidecar',
  step: deleteStep(liveSidecar(name)),
  selector: {},
  requires: [],
});

const BROKEN = invalidIntent('broken');
const owned = { intents: [{ name: 'broken', uid: 'uid-before-the-restore' }] };
const foreign = { managed: false };
const byBroken = { kind: 'invalid-intent', intent: 'broken' };
const NOTHING = { sidecars: [], serviceEntries: [], intents: [], invalid: [], definition: undefined };

type Row = {
  readonly behaviour: string;
  readonly steps: readonly DraftStep[];
  readonly live?: Partial<Parameters<typeof withhold>[1]>;
  readonly left: readonly string[];
  readonly withheld?: Draft['withheld'] | readonly unknown[];
};

const ROWS: readonly Row[] = [
  {
    behaviour: 'leaves a draft alone where every live object may be changed',
    steps: [writeEntry('a'), writeSidecar('s'), deleteSidecar('old')],
    live: { sidecars: [liveSidecar('s'), liveSidecar('old')], serviceEntries: [liveServiceEntry('a')] },
    left: ['ServiceEntry/a', 'Sidecar/s', 'Sidecar/old'],
  },
  {
    behaviour: 'withholds the write of an object that is not managed',
    steps: [writeEntry('a'), writeEntry('b')],
    live: { serviceEntries: [liveServiceEntry('a', foreign)] },
    left: ['ServiceEntry/b'],
    withheld: [{ kind: 'ServiceEntry', name: 'a', reason: { kind: 'not-managed' } }],
  },
  {
    behaviour: 'withholds the write of an object that an invalid intent contributes to',
    steps: [writeSidecar('s')],
    live: {
      sidecars: [liveSidecar('s', { intents: [{ name: 'sound', uid: 'uid-sound' }, BROKEN] })],
      invalid: [BROKEN],
    },
    left: [],
    withheld: [{ kind: 'Sidecar', name: 's', reason: byBroken }],
  },
  {
    behaviour: 'tells a Sidecar from a ServiceEntry of the same name',
    steps: [writeEntry('a'), writeSidecar('a')],
    live: { sidecars: [liveSidecar('a', foreign)] },
    left: ['ServiceEntry/a'],
    withheld: [{ kind: 'Sidecar', name: 'a', reason: { kind: 'not-managed' } }],
  },
  {
    behaviour: 'records an object that is written in two parts once',
    steps: [writeEntry('a', [], 'ServiceEntry/a in part'), writeEntry('a')],
    live: { serviceEntries: [liveServiceEntry('a', owned)], invalid: [BROKEN] },
    left: [],
    withheld: [{ kind: 'ServiceEntry', name: 'a', reason: byBroken }],
  },
  {
    behaviour: 'does not delete what an invalid intent contributes to, and records nothing',
    steps: [deleteSidecar('old')],
    live: { sidecars: [liveSidecar('old', owned)], invalid: [BROKEN] },
    left: [],
  },
  {
    behaviour: 'withholds what requires a withheld object, for the same reason',
    steps: [writeSidecar('new', ['Sidecar/free', 'Sidecar/old']), writeEntry('a', ['Sidecar/old'])],
    live: { sidecars: [liveSidecar('free'), liveSidecar('old', owned)], invalid: [BROKEN] },
    left: [],
    withheld: [
      { kind: 'Sidecar', name: 'new', reason: byBroken, dependsOn: 'Sidecar/old' },
      { kind: 'ServiceEntry', name: 'a', reason: byBroken, dependsOn: 'Sidecar/old' },
    ],
  },
  {
    behaviour: 'names the object with the reason over several objects, in any order of the steps',
    steps: [writeEntry('c', ['ServiceEntry/b']), writeEntry('b', ['ServiceEntry/a']), writeEntry('a')],
    live: { serviceEntries: [liveServiceEntry('a', foreign)] },
    left: [],
    withheld: [
      { kind: 'ServiceEntry', name: 'c', reason: { kind: 'not-managed' }, dependsOn: 'ServiceEntry/a' },
      { kind: 'ServiceEntry', name: 'b', reason: { kind: 'not-managed' }, dependsOn: 'ServiceEntry/a' },
      { kind: 'ServiceEntry', name: 'a', reason: { kind: 'not-managed' } },
    ],
  },
  {
    behaviour: 'gives the reason of the object itself before that of an object it requires',
    steps: [writeEntry('a', ['Sidecar/old'])],
    live: {
      sidecars: [liveSidecar('old', owned)],
      serviceEntries: [liveServiceEntry('a', foreign)],
      invalid: [BROKEN],
    },
    left: [],
    withheld: [{ kind: 'ServiceEntry', name: 'a', reason: { kind: 'not-managed' } }],
  },
];

const EMPTY: Draft = {
  steps: [],
  sidecars: [],
  serviceEntries: [],
  withheld: [],
  undeleted: [],
  undeletedEntries: new Map(),
};

describe('withhold', () => {
  test.each(ROWS)('$behaviour', ({ steps, live, left, withheld = [] }) => {
    const filtered = withhold({ ...EMPTY, steps }, { ...NOTHING, ...live });
    expect(filtered.steps.map(({ step }) => step.id)).toEqual(left);
    expect(filtered.withheld).toEqual(withheld);
  });

  test('keeps what an earlier filter recorded', () => {
    const earlier = { kind: 'Sidecar', name: 'x', reason: { kind: 'not-managed' } } as const;
    const draft = { ...EMPTY, steps: [writeEntry('a')], withheld: [earlier] };
    const live = { ...NOTHING, serviceEntries: [liveServiceEntry('a', foreign)] };
    expect(withhold(draft, live).withheld.map(({ name }) => name)).toEqual(['x', 'a']);
  });
});

const egressIntent = (name: string, matchLabels: object, allow: readonly unknown[]): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: NAMESPACE, uid: `uid-${name}` },
  spec: { workloadSelector: { matchLabels }, allow },
});

describe('a new Sidecar whose pods a withheld Sidecar governs', () => {
  const old = {
    apiVersion: ISTIO_API_VERSION,
    kind: 'Sidecar',
    metadata: {
      name: 'egress-intent-998-web-04e8ecbeb81a',
      namespace: NAMESPACE,
      uid: 'uid-old',
      annotations: { 'egressintent.io/intents': `broken/${BROKEN.uid}` },
    },
    spec: { workloadSelector: { labels: { app: 'web' } }, egress: [{ hosts: ['green/*'] }] },
  };
  const { plan, statuses } = compiled(
    [
      egressIntent('broken', { app: 'web' }, [{ host: '1.2.3.4' }]),
      egressIntent('narrow', { app: 'web', tier: 'a' }, []),
      egressIntent('elsewhere', { app: 'api' }, []),
      old,
    ],
    NAMESPACE,
  );
  const programmed = (name: string) => statuses[name]?.conditions?.find(({ type }) => type === 'Programmed');

  test('is not written, while Sidecars of other pods are', () => {
    const [narrow, elsewhere] = plan.sidecars.map(({ name }) => name);
    expect(plan.phases.flat().map(({ id }) => id)).toEqual([`Sidecar/${elsewhere}`]);
    expect(plan.withheld).toEqual([
      { kind: 'Sidecar', name: narrow, reason: byBroken, dependsOn: `Sidecar/${old.metadata.name}` },
    ]);
  });

  test('is reported to its intent', () => {
    expect(programmed('narrow')).toMatchObject({ status: 'False', reason: 'Withheld' });
    expect(programmed('elsewhere')).toMatchObject({ status: 'True', reason: 'Programmed' });
  });
});
