// Which runs are worth an Event: those that turn Ready, and those that find that others begin to rewrite what they write.
import { describe, expect, test } from 'vitest';
import { createFightNews, transitions } from '../../../../src/controller/events/occurrences.ts';
import { REASONS } from '../../../../src/domain/egress-intent/condition-reasons.ts';
import type { Condition } from '../../../../src/domain/egress-intent/status.ts';
import type { ReconcileReport } from '../../../../src/controller/reconcile.ts';
import { err, ok } from '../../../../src/domain/result.ts';
import { intent, liveSidecar } from '../../../support/literals.ts';

type Result = ReconcileReport['statuses'][number]['result'];

const condition = (type: string, reason: string, status: Condition['status']): Condition => ({
  type,
  status,
  reason,
  message: `${reason} is why`,
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const READY = Object.entries(REASONS.Ready).map(([reason, { status }]) => condition('Ready', reason, status));

const WRITTEN: Result = ok({ uid: 'u', resourceVersion: '2' });
const FAILED: Result = err({ kind: 'conflict', message: '' });
const GONE: Result = ok(undefined);

/** What is told of an intent whose Ready was one condition and is written as another. */
const told = (before: readonly Condition[], after: readonly Condition[], result: Result = WRITTEN) =>
  transitions({
    statuses: [
      { intent: intent('web', { uid: 'u', conditions: before }), status: { conditions: [...after] }, result },
    ],
  });

describe('a written status', () => {
  test.each(
    READY.flatMap((from) => READY.map((to) => ({ from, to, name: `${from.reason} to ${to.reason}` }))),
  )('that goes from $name is told if that is a change', ({ from, to }) => {
    const regarding = {
      apiVersion: 'egressintent.io/v1alpha1',
      kind: 'EgressIntent',
      namespace: 'red',
      name: 'web',
      uid: 'u',
    };
    const type = to.status === 'True' ? 'Normal' : 'Warning';
    expect(told([from], [to])).toEqual(
      from === to ? [] : [{ regarding, type, reason: to.reason, note: `${to.reason} is why` }],
    );
  });

  test('is told where there was none, and not where only another condition or the message changed', () => {
    const [ready = condition('Ready', 'Ready', 'True')] = READY;
    expect(told([], [ready])).toHaveLength(1);
    expect(told([ready], [{ ...ready, message: 'another', lastTransitionTime: 'later' }])).toEqual([]);
    expect(told([ready], [ready, condition('Accepted', 'Warnings', 'True')])).toEqual([]);
  });

  test.each([
    { what: 'could not be written', result: FAILED },
    { what: 'is of an intent that is gone', result: GONE },
  ])('that $what is not told', ({ result }) => {
    expect(told([], READY, result)).toEqual([]);
  });
});

describe('a fight', () => {
  const sidecar = liveSidecar('web', {
    intents: [
      { name: 'a', uid: 'ua' },
      { name: 'b', uid: 'ub' },
    ],
  });
  const objectOf = (id: string) => (id === 'Sidecar/web' ? sidecar : undefined);
  const fight = new Map([['Sidecar/web', ['flux', 'argo']]]);

  test('is told once, to each intent of the object, and again once it was over', () => {
    const news = createFightNews();
    const first = news('red', fight, objectOf);
    expect(
      first.map(({ regarding, type, reason }) => [
        regarding.namespace,
        regarding.name,
        regarding.uid,
        type,
        reason,
      ]),
    ).toEqual([
      ['red', 'a', 'ua', 'Warning', 'RewrittenByOthers'],
      ['red', 'b', 'ub', 'Warning', 'RewrittenByOthers'],
    ]);
    expect(first[0]?.note).toContain('Sidecar/web is rewritten again and again');
    expect(first[0]?.note).toContain('stop these field managers: flux, argo');
    for (let run = 0; run < 100; run += 1) expect(news('red', fight, objectOf)).toEqual([]);
    expect(news('blue', fight, objectOf)).toHaveLength(2);
    expect(news('red', new Map(), objectOf)).toEqual([]);
    expect(news('red', fight, objectOf)).toHaveLength(2);
  });

  test('over an object that is gone is told to nobody, and a manager cannot write to a terminal', () => {
    const news = createFightNews();
    expect(news('red', new Map([['Sidecar/gone', ['x']]]), objectOf)).toEqual([]);
    expect(news('red', new Map([['Sidecar/web', ['\u001b[31m']]]), objectOf)[0]?.note).toContain(
      String.raw`\u{1b}[31m`,
    );
  });

  test('over what many intents share is told to ten of them', () => {
    const intents = Array.from({ length: 500 }, (_, n) => ({ name: `i${n}`, uid: `u${n}` }));
    expect(createFightNews()('red', fight, () => ({ intents }))).toHaveLength(10);
  });
});
