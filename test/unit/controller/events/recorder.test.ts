// Events are sent behind the runs: bounded in rate and number, counted where they repeat, each namespace in turn.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as fc from 'fast-check';
import type { Occurrence } from '../../../../src/controller/events/occurrences.ts';
import { createEventRecorder, type EventResult } from '../../../../src/controller/events/recorder.ts';
import { cutBytes, type EventClient } from '../../../../src/kubernetes/event-client.ts';
import { err, ok } from '../../../../src/domain/result.ts';

const occurrence = (name: string, reason = 'Ready', namespace = 'red'): Occurrence => ({
  regarding: {
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntent',
    namespace,
    name,
    uid: `uid-${namespace}-${name}`,
  },
  type: 'Normal',
  reason,
  note: 'note',
});

/** A recorder whose requests are written down; `answer` decides how each ends. */
function recording(answer: () => ReturnType<EventClient['create']> = async () => ok({})) {
  const sent: string[] = [];
  const names = new Set<string>();
  const results: EventResult[] = [];
  const client: EventClient = {
    create: ({ name, regarding, reason }) => {
      sent.push(`${regarding.namespace}/${regarding.name} ${reason}`);
      names.add(name);
      return answer();
    },
    repeat: ({ regarding, reason }, count) => {
      sent.push(`${regarding.namespace}/${regarding.name} ${reason} x${count}`);
      return answer();
    },
  };
  return {
    sent,
    names,
    results,
    ...createEventRecorder({ client, onResult: (result) => results.push(result) }),
  };
}

const MINUTE = 60_000;
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => void setTimeout(resolve, ms)),
}));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }));
afterEach(() => vi.useRealTimers());

describe('events', () => {
  test('are counted where the same happens again, at most twice a minute, and begin anew after six minutes', async () => {
    const { tell, sent, names } = recording();
    for (let second = 0; second < 120; second += 1) {
      tell([occurrence('web')]);
      await pass(1_000);
    }
    expect(sent[0]).toBe('red/web Ready');
    expect(sent.slice(1).every((each) => /^red\/web Ready x\d+$/.test(each))).toBe(true);
    expect(sent.length).toBeLessThanOrEqual(5);
    await pass(MINUTE);
    expect(sent.at(-1)).toBe('red/web Ready x120');
    const before = sent.length;
    await pass(10 * MINUTE);
    expect(sent).toHaveLength(before);
    tell([occurrence('web')]);
    await pass(100);
    expect(sent.at(-1)).toBe('red/web Ready');
    expect(names.size).toBe(2);
  });

  test('of other reasons, intents and namespaces are others', async () => {
    const { tell, sent } = recording();
    tell([
      occurrence('web'),
      occurrence('web', 'NotEffective'),
      occurrence('app'),
      occurrence('web', 'Ready', 'blue'),
    ]);
    await pass(1_000);
    expect(sent).toEqual(
      ['red/web Ready', 'red/web NotEffective', 'blue/web Ready', 'red/app Ready'].toSorted(
        (a, b) => sent.indexOf(a) - sent.indexOf(b),
      ),
    );
    expect(new Set(sent).size).toBe(4);
  });

  test('of a flood are ten a second, and those of another namespace have their turn', async () => {
    const { tell, sent, results } = recording();
    tell(Array.from({ length: 1_000 }, (_, n) => occurrence(`i${n}`, 'Ready', 'tenant')));
    tell([occurrence('web')]);
    await pass(1_000);
    expect(sent.indexOf('red/web Ready')).toBeLessThanOrEqual(2);
    expect(sent.length).toBeLessThanOrEqual(11);
    expect(results.filter((result) => result === 'dropped').length).toBeGreaterThanOrEqual(899);
    await pass(MINUTE);
    expect(sent.length).toBeLessThanOrEqual(102);
  });

  test('return at once where the API server hangs, and stay bounded', async () => {
    const { tell, sent, results } = recording(() => new Promise(() => undefined));
    for (let round = 0; round < 50; round += 1)
      tell(Array.from({ length: 100 }, (_, n) => occurrence(`i${round}-${n}`)));
    await pass(MINUTE);
    expect(sent).toHaveLength(1);
    expect(results.filter((result) => result === 'dropped')).toHaveLength(5_000 - 101);
  });

  test('that fail are told to the metrics and not sent again', async () => {
    const { tell, sent, results } = recording(async () => err({ kind: 'forbidden', message: '403' }));
    tell([occurrence('web')]);
    await pass(MINUTE);
    expect([sent, results]).toEqual([['red/web Ready'], ['forbidden']]);
  });

  test('end with the recorder', async () => {
    const { tell, sent, stop } = recording();
    tell([occurrence('a'), occurrence('b'), occurrence('a')]);
    await pass(10);
    stop();
    tell([occurrence('c')]);
    await pass(10 * MINUTE);
    expect(sent).toEqual(['red/a Ready']);
  });
});

test('a note is cut to what the API server takes, between two characters', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 1_500 }),
      fc.integer({ min: 20, max: 1_100 }),
      (text, max) => {
        const cut = cutBytes(text, max);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
        expect(cut === text || (cut.endsWith('...') && text.startsWith(cut.slice(0, -3)))).toBe(true);
      },
    ),
  );
});
