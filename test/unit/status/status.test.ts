// Which statuses are written, and how Ready follows from the other conditions.
import { describe, expect, test } from 'vitest';
import { compiled, NOON } from '../../support/compiler.ts';
import { statusesFor } from '../../../src/status/status.ts';
import type { Status } from '../../../src/domain/egress-intent/status.ts';

const METADATA = { name: 'web', namespace: 'red', uid: 'uid-web', generation: 3 };
const egressIntent = (spec: object, status?: Status): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: METADATA,
  spec,
  ...(status && { status }),
});
const GREEN = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'green' } };
const podOf = (name: string, annotations: object = { 'sidecar.istio.io/status': '{}' }): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'red', labels: { app: 'web' }, annotations },
});
const POD = podOf('web-1');
const MANAGED = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: {
    name: 's',
    namespace: 'red',
    labels: { 'app.kubernetes.io/managed-by': 'egress-intent' },
    ownerReferences: [
      { apiVersion: 'egressintent.io/v1alpha1', kind: 'EgressIntent', name: 'web', uid: 'uid-web' },
    ],
  },
  spec: {},
};
const SPEC = {
  workloadSelector: { matchLabels: { app: 'web' } },
  allow: [{ namespace: { name: 'green' } }],
};

const conditionsOf = (status: Status | undefined): readonly string[] =>
  (status?.conditions ?? []).map((condition) => `${condition.type} ${condition.status} ${condition.reason}`);

describe('Ready', () => {
  test.each<readonly [string, readonly object[], string]>([
    ['is True where every condition is', [egressIntent(SPEC), GREEN, POD], 'Ready True Ready'],
    ['is True without pods', [egressIntent(SPEC), GREEN], 'Ready True NoPods'],
    ['is True in mode Audit', [egressIntent({ ...SPEC, mode: 'Audit' }), GREEN, POD], 'Ready True Audited'],
    [
      'is False in mode Audit with a refused entry',
      [egressIntent({ allow: [{ host: 'localhost' }], mode: 'Audit' })],
      'Ready False NotAccepted',
    ],
    ['is False with unresolved references', [egressIntent(SPEC), POD], 'Ready False UnresolvedRefs'],
    [
      'is False for pods that have no sidecar proxy',
      [egressIntent(SPEC), GREEN, podOf('web-1', {})],
      'Ready False NotEffective',
    ],
    [
      'gives the first condition that is False before one that is Unknown',
      [egressIntent({ allow: [{ host: '1.2.3.4' }] })],
      'Ready False NotAccepted',
    ],
  ])('%s', (_behaviour, objects, ready) => {
    const { statuses } = compiled(objects, 'red');
    expect(conditionsOf(statuses['web'])).toContain(ready);
  });

  test('names every condition that is not True, with its message', () => {
    const { conditions = [] } =
      compiled([egressIntent(SPEC), podOf('web-1', {})], 'red').statuses['web'] ?? {};
    const messageOf = (type: string) => conditions.find((one) => one.type === type)?.message;
    expect(messageOf('Ready')).toBe(
      `ResolvedRefs is False: ${messageOf('ResolvedRefs')}; Effective is False: ${messageOf('Effective')}`,
    );
  });

  test('says once what several conditions say', () => {
    const spec = { allow: [{ host: '1.2.3.4' }] };
    const { conditions = [] } = compiled([egressIntent(spec)], 'red').statuses['web'] ?? {};
    expect(conditions.find(({ type }) => type === 'Ready')?.message).toMatch(
      /^Accepted is False: .*; ResolvedRefs, Programmed, Effective are Unknown: the intent is invalid[^;]*$/,
    );
  });

  test('names a condition even after a very long message', () => {
    const allow = Array.from({ length: 250 }, (_, index) => ({
      namespace: { name: `${'n'.repeat(50)}${index}` },
    }));
    const objects = [egressIntent({ ...SPEC, allow }), podOf('web-1', {})];
    const { conditions = [] } = compiled(objects, 'red').statuses['web'] ?? {};
    expect(conditions.find(({ type }) => type === 'Ready')?.message).toContain('Effective is False: ');
  });
});

describe('Stalled', () => {
  test.each<readonly [string, readonly object[], readonly string[]]>([
    ['is absent where every condition is True', [egressIntent(SPEC), GREEN, POD], []],
    ['is absent while a reference may still come', [egressIntent(SPEC), POD], []],
    ['is absent for pods without a sidecar proxy', [egressIntent(SPEC), GREEN, podOf('web-1', {})], []],
    [
      'is True for an invalid intent',
      [egressIntent({ allow: [{ host: '1.2.3.4' }] })],
      ['Stalled True Invalid'],
    ],
  ])('%s', (_behaviour, objects, expected) => {
    const conditions = conditionsOf(compiled(objects, 'red').statuses['web']);
    expect(conditions.filter((condition) => condition.startsWith('Stalled'))).toEqual(expected);
  });
});

describe('the status of an intent', () => {
  test('has the conditions in a fixed order, the generation and the resources', () => {
    const status = compiled([egressIntent(SPEC), GREEN, POD], 'red').statuses['web'];
    expect(status?.observedGeneration).toBe(3);
    expect(status?.resources).toEqual([{ kind: 'Sidecar', name: 'egress-intent-998-web-04e8ecbeb81a' }]);
    expect(conditionsOf(status)).toEqual([
      'Accepted True Accepted',
      'ResolvedRefs True ResolvedRefs',
      'Programmed True Programmed',
      'Effective True Effective',
      'Ready True Ready',
    ]);
  });

  test('of an invalid intent keeps the resources that exist and explains each condition', () => {
    const resources = [{ kind: 'Sidecar', name: 's' } as const];
    const gone = { kind: 'Sidecar', name: 'gone' } as const;
    const spec = { allow: [{ host: '1.2.3.4' }] };
    const { conditions = [], ...status } =
      compiled([egressIntent(spec, { resources: [...resources, gone] }), MANAGED], 'red').statuses['web'] ??
      {};
    expect(status).toEqual({ observedGeneration: 3, resources });
    expect(conditions[0]?.message).toMatch(/^spec\.allow\[0\]\.host: /);
    expect(conditions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Accepted Invalid',
      'ResolvedRefs Invalid',
      'Programmed Invalid',
      'Effective Invalid',
      'Ready NotAccepted',
      'Stalled Invalid',
    ]);
    expect(conditions[1]?.message).toBe(
      'the intent is invalid, so its Sidecars and ServiceEntries are left unchanged',
    );
  });

  test('is not written where it equals the live one', () => {
    const status = compiled([egressIntent(SPEC), GREEN, POD], 'red').statuses['web'];
    expect(compiled([egressIntent(SPEC, status), GREEN, POD], 'red').statuses).toEqual({});
  });

  test('keeps the time of a condition until its status flips', () => {
    const before = compiled([egressIntent(SPEC), GREEN, POD], 'red').statuses['web'];
    const { snapshot, compilation, plan } = compiled([egressIntent(SPEC, before), POD], 'red');
    const now = new Date(NOON.getTime() + 60_500);
    const outcome = { failures: new Map<string, string>() };
    const [write] = statusesFor(snapshot, { compilation, plan, outcome, now });
    expect(
      write?.status.conditions?.map(({ type, lastTransitionTime }) => `${type} ${lastTransitionTime}`),
    ).toEqual([
      'Accepted 2026-06-01T12:00:00Z',
      'ResolvedRefs 2026-06-01T12:01:00Z',
      'Programmed 2026-06-01T12:00:00Z',
      'Effective 2026-06-01T12:00:00Z',
      'Ready 2026-06-01T12:01:00Z',
    ]);
  });

  test('escapes control characters of names and errors', () => {
    const { snapshot, compilation, plan } = compiled(
      [egressIntent(SPEC), GREEN, podOf('web\u001b[2J', {})],
      'red',
    );
    const id = `Sidecar/${plan.sidecars[0]?.name}`;
    const outcome = { failures: new Map([[id, 'denied:\n\u001b[31mno']]) };
    const [write] = statusesFor(snapshot, { compilation, plan, outcome, now: NOON });
    const message = (type: string): string | undefined =>
      write?.status.conditions?.find((condition) => condition.type === type)?.message;
    expect(message('Programmed')).toBe(`${id}: denied:\\u{a}\\u{1b}[31mno`);
    expect(message('Effective')).toContain('pod web\\u{1b}[2J ');
  });
});
