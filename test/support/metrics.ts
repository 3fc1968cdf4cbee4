// Metrics without a controller: everything that they read is at rest, unless a test says otherwise.
import { createMetrics, type Metrics } from '../../src/controller/metrics/metrics.ts';
import { createClusterState } from '../../src/cluster/stores.ts';

type Sources = Parameters<typeof createMetrics>[0];

export const metricsOf = (sources: Partial<Sources> = {}): Metrics =>
  createMetrics({
    cluster: createClusterState('istio-system'),
    podStates: () => ({ restricted: 0, bypassed: 0, shadowed: 0, unrestricted: 0 }),
    queue: () => ({ waiting: 0, oldestWaitMs: 0, longestRunMs: 0, retrying: 0 }),
    writeBacklog: () => 0,
    leads: () => true,
    held: () => 0,
    fights: () => 0,
    contacts: () => [],
    auditOnly: false,
    version: '1.2.3',
    ...sources,
  });

/** One line of what Prometheus scrapes. */
export type Series = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const LINE = /^([a-z_:]+)(?:\{(.*)\})? (\S+)$/i;

export const seriesOf = (text: string): readonly Series[] =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return [
      {
        name,
        labels: Object.fromEntries(pairs.map(([, key = '', found = '']) => [key, found])),
        value: Number(value),
      },
    ];
  });
