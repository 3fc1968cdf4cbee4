// Whether the memory of the controller grows under steady edits.
import { setTimeout as sleep } from 'node:timers/promises';
import { settled, type BenchCluster } from './cluster.ts';
import { addedService, benchIntent, benchNamespace } from './objects.ts';

export type SoakFigures = {
  readonly minutes: number;
  readonly edits: number;
  /** The heap after a collection, in MB: the least of each minute. */
  readonly heap: readonly number[];
  /** Its growth over the last three quarters, in MB a minute: the slope of the line of least squares. */
  readonly growth: number;
};

const NAMESPACES = 20;
const INTENTS_EACH = 20;
const EDITS_A_SECOND = 10;

export async function measureSoak(bench: BenchCluster, minutes: number): Promise<SoakFigures> {
  const names = Array.from({ length: NAMESPACES }, (_, index) => `soak-${index}`);
  const all = names.map((name) => benchNamespace(name, INTENTS_EACH, 1));
  await bench.create(all.flatMap(({ around }) => around));
  await bench.create(all.flatMap(({ intents }) => intents));
  const controller = await bench.controller();
  await settled(controller);
  const heap: number[] = [];
  let edits = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    let least = Infinity;
    for (const until = performance.now() + 60_000; performance.now() < until; edits += 1) {
      const namespace = names[edits % NAMESPACES] ?? '';
      const index = Math.floor(edits / NAMESPACES) % INTENTS_EACH;
      await bench.writer.apply(benchIntent(namespace, index, [addedService(index, edits)]));
      if (edits % 3 === 0) least = Math.min(least, await controller.heap());
      await sleep(1000 / EDITS_A_SECOND);
    }
    heap.push(least);
  }
  await controller.stop();
  return { minutes, edits, heap, growth: slopeOf(heap.slice(Math.floor(minutes / 4))) };
}

/** Of the line of least squares through values at 0, 1, 2 and so on. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const products = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  return products / values.reduce((sum, _value, at) => sum + (at - middle) ** 2, 0);
}
