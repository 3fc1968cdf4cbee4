// In which state the pods of a namespace are: the table that a metric shows, and that it agrees with the condition Effective.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { podStates, POD_STATES, type PodState } from '../../../src/status/pod-states.ts';
import type { Pod } from '../../../src/domain/kinds/pod.ts';
import { intent, invalidIntent, liveSidecar } from '../../support/literals.ts';
import { effectiveOf, foreign, OLDER, pod, WEB, YOUNGER } from './effective-of.ts';

const web = intent('web', { selector: WEB });
const ours = liveSidecar('generated', { selector: WEB });

const statesOf = (given: Partial<Parameters<typeof podStates>[0]>): string => {
  const counts = podStates({ intents: [web], pods: [], sidecars: [ours], isDiscovered: true, ...given });
  return POD_STATES.flatMap((state) => (counts[state] === 0 ? [] : `${counts[state]} ${state}`)).join(', ');
};

const bypassing = (name: string): Pod => ({
  ...pod(name),
  bypasses: ['traffic.sidecar.istio.io/excludeOutboundPorts: "443"'],
});

describe('pods', () => {
  test.each([
    { what: 'governed by ours', pods: [pod('a'), pod('b')], is: '2 restricted' },
    { what: 'that no intent selects', pods: [pod('a', 'sidecar', 'other')], is: '' },
    {
      what: 'of an intent in mode Audit',
      pods: [pod('a')],
      intents: [{ ...web, mode: 'Audit' } as const],
      is: '',
    },
    { what: 'of an invalid intent', pods: [pod('a')], intents: [invalidIntent('web')], is: '' },
    { what: 'without any Sidecar', pods: [pod('a')], sidecars: [], is: '1 unrestricted' },
    {
      what: 'of a namespace that istiod ignores',
      pods: [pod('a')],
      isDiscovered: false,
      is: '1 unrestricted',
    },
    {
      what: 'with an older foreign Sidecar',
      pods: [pod('a')],
      sidecars: [ours, foreign('x', { creationTimestamp: OLDER })],
      is: '1 shadowed',
    },
    {
      what: 'with a younger foreign Sidecar',
      pods: [pod('a')],
      sidecars: [ours, foreign('x', { creationTimestamp: YOUNGER })],
      is: '1 restricted',
    },
    {
      what: 'that keep calls from their proxy',
      pods: [bypassing('a'), pod('b')],
      is: '1 restricted, 1 bypassed',
    },
    ...(['gateway', 'ambient', 'hostNetwork', 'none'] as const).map((dataPlane) => ({
      what: `of data plane ${dataPlane}`,
      pods: [pod('a', dataPlane)],
      is: '1 bypassed',
    })),
  ])('$what are: $is', ({ what: _what, is, ...given }) => {
    expect(statesOf(given)).toBe(is);
  });

  test('are all restricted exactly if Effective of their intent is True', () => {
    const pods = fc.array(
      fc.record({
        dataPlane: fc.constantFrom<Pod['dataPlane'][]>(
          'sidecar',
          'none',
          'hostNetwork',
          'ambient',
          'gateway',
        ),
        isBypassing: fc.boolean(),
        app: fc.constantFrom('web', 'other'),
      }),
      { maxLength: 4 },
    );
    const foreigns = fc.array(fc.constantFrom(OLDER, YOUNGER), { maxLength: 2 });
    fc.assert(
      fc.property(pods, foreigns, fc.boolean(), (shapes, ages, isDiscovered) => {
        const all = shapes.map(({ dataPlane, isBypassing, app }, n) => ({
          ...pod(`p${n}`, dataPlane, app),
          bypasses: isBypassing ? ['x: "y"'] : [],
        }));
        const sidecars = [
          ours,
          ...ages.map((creationTimestamp, n) => foreign(`f${n}`, { creationTimestamp })),
        ];
        const counts = podStates({ intents: [web], pods: all, sidecars, isDiscovered });
        const selected = all.filter(({ labels }) => labels['app'] === 'web').length;
        expect(POD_STATES.reduce((sum, state: PodState) => sum + counts[state], 0)).toBe(selected);
        const [effective] = effectiveOf({
          pods: all,
          sidecars,
          ...(isDiscovered
            ? {}
            : { discoverySelectors: [{ matchLabels: { istio: 'yes' }, matchExpressions: [] }] }),
        });
        expect(selected > 0 && counts.restricted === selected).toBe(effective === 'True/Effective');
      }),
    );
  });
});
