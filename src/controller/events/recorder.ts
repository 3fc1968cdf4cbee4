// Sends Events without ever holding up a run: at most so many a second, each namespace in turn. What happens again within a while is counted by
// the Event that tells it already, and what is too much is left out.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventClient, NewEvent } from '../../kubernetes/event-client.ts';
import type { ApiError } from '../../kubernetes/api-error.ts';
import { createWriteSlots } from '../writes/write-slots.ts';
import type { Occurrence } from './occurrences.ts';

/** What became of an Event: `ok`, `dropped` without being sent, or the kind of error. */
export type EventResult = 'ok' | 'dropped' | ApiError['kind'];

type RecorderOptions = {
  readonly client: EventClient;
  readonly onResult: (result: EventResult, error?: ApiError) => void;
  /** Between two requests, in ms. Default 100. */
  readonly spacingMs?: number;
  /** Between two counts of one Event, in ms. Default 30,000. */
  readonly countingMs?: number;
};

export type EventRecorder = {
  /** Returns at once. */
  readonly tell: (occurrences: readonly Occurrence[]) => void;
  /** After that nothing is sent, and the outcome of a request under way is not logged. */
  readonly stop: () => void;
};

/** An Event counts what happens again so long after the last time; then there is a new one. As client-go does. */
const SERIES_MS = 360_000;
/** So many Events are remembered, and so many of one namespace may wait. */
const MAX_SERIES = 5_000;
const MAX_WAITING = 100;

/** An Event, how often it has happened, and when last, in ms of `performance.now()`. */
type Series = { readonly event: NewEvent; count: number; lastAt: number; timer: NodeJS.Timeout | undefined };

export function createEventRecorder(options: RecorderOptions): EventRecorder {
  const { client, onResult, spacingMs = 100, countingMs = 30_000 } = options;
  const series = new Map<string, Series>(); // the one that happened last comes last
  const queue = createSendQueue(spacingMs, onResult);
  const nextName = uniqueNames();

  function again(known: Series): void {
    known.count += 1;
    known.timer ??= setTimeout(() => {
      known.timer = undefined;
      queue.send(known.event, (event) => client.repeat(event, known.count));
    }, countingMs).unref();
  }

  function tellOne(occurrence: Occurrence): void {
    const key = `${occurrence.regarding.uid} ${occurrence.type} ${occurrence.reason}`;
    const now = performance.now();
    const known = series.get(key);
    series.delete(key);
    if (known !== undefined && now - known.lastAt < SERIES_MS) {
      again(known);
      known.lastAt = now;
      series.set(key, known);
      return;
    }
    const event = { ...occurrence, name: nextName(occurrence.regarding.name) };
    series.set(key, { event, count: 1, lastAt: now, timer: undefined });
    queue.send(event, client.create);
    forgetOldest(series);
  }

  return {
    tell: (occurrences) => {
      for (const occurrence of occurrences) tellOne(occurrence);
    },
    stop: () => {
      queue.stop();
      for (const { timer } of series.values()) clearTimeout(timer);
    },
  };
}

/** Sends one after the other, each namespace in turn. */
function createSendQueue(spacingMs: number, onResult: RecorderOptions['onResult']) {
  const slots = createWriteSlots(1);
  const waiting = new Map<string, number>();
  let isStopped = false;
  const isStopping = (): boolean => isStopped;
  return {
    stop: (): void => void (isStopped = true),
    send: (event: NewEvent, request: EventClient['create']): void => {
      const { namespace } = event.regarding;
      const before = waiting.get(namespace) ?? 0;
      if (isStopped) return;
      if (before >= MAX_WAITING) return onResult('dropped');
      waiting.set(namespace, before + 1);
      void slots.add(namespace, async () => {
        countDown(waiting, namespace);
        if (isStopping()) return;
        const answer = await request(event);
        if (isStopping()) return; // the connection is closed behind it
        if (answer.ok) onResult('ok');
        else onResult(answer.error.kind, answer.error);
        await sleep(spacingMs, undefined, { ref: false });
      });
    },
  };
}

function countDown(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 0) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}

function forgetOldest(series: Map<string, Series>): void {
  const [oldest] = series;
  if (series.size <= MAX_SERIES || oldest === undefined) return;
  const [key, { timer }] = oldest;
  clearTimeout(timer);
  series.delete(key);
}

/** Names as client-go gives them: that of the object, and the time. */
function uniqueNames(): (object: string) => string {
  let last = 0;
  return (object) => {
    last = Math.max(last + 1, Date.now() * 1_000);
    return `${object.slice(0, 230).replace(/[.-]+$/, '')}.${last.toString(16)}`;
  };
}
