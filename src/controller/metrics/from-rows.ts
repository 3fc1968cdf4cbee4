// Makes a metric of its row, so that what is exposed is what is documented.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { escaped } from '../../domain/text.ts';
import { METRICS, type MetricName } from './rows.ts';

type NameOf<T extends string> = {
  readonly [N in MetricName]: (typeof METRICS)[N]['type'] extends T ? N : never;
}[MetricName];

/** A value for each label of the row. */
export type LabelsOf<N extends MetricName> = {
  readonly [L in (typeof METRICS)[N]['labels'][number]]: string;
};

const optionsOf = (name: MetricName, registers: Registry[]) => {
  const { help, labels } = METRICS[name];
  return { name, help, labelNames: [...labels], registers };
};

/** Counts one more. */
export function counterOf<N extends NameOf<'counter'>>(
  name: N,
  registry: Registry,
): (labels: LabelsOf<N>) => void {
  const counter = new Counter<string>(optionsOf(name, [registry]));
  return (labels) => counter.inc(safe(labels));
}

/** Takes one value, in the unit of the name. */
export function histogramOf<N extends NameOf<'histogram'>>(
  name: N,
  registry: Registry,
): (labels: LabelsOf<N>, value: number) => void {
  const histogram = new Histogram<string>({
    ...optionsOf(name, [registry]),
    buckets: [...METRICS[name].buckets],
  });
  return (labels, value) => histogram.observe(safe(labels), value);
}

/** One series, and what it is at a scrape. */
export type Sample<N extends MetricName> = readonly [labels: LabelsOf<N>, value: number];

/** Reads the samples at each scrape; a series that is not among them is gone. */
export function gaugeOf<N extends NameOf<'gauge'>>(
  name: N,
  registry: Registry,
  read: () => readonly Sample<N>[],
): void {
  void new Gauge<string>({
    ...optionsOf(name, [registry]),
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.set(safe(labels), value);
    },
  });
}

/** Prometheus takes any text between two newlines; whoever reads it in a terminal must not obey it. */
const safe = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, escaped(value)]));
