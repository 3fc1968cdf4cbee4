// The metrics: what is exposed is what the table documents, and no one who may create objects makes series without bound.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRICS, type MetricRow } from '../../../src/controller/metrics/rows.ts';
import { requestLabels } from '../../../src/controller/metrics/request-labels.ts';
import { REASONS } from '../../../src/domain/egress-intent/condition-reasons.ts';
import { createClusterState } from '../../../src/cluster/stores.ts';
import { KINDS, WATCHED_KINDS } from '../../../src/cluster/kinds.ts';
import { intent, reportOf } from '../../support/literals.ts';
import { metricsOf, seriesOf } from '../../support/metrics.ts';

const ROWS: readonly (MetricRow & { readonly name: string })[] = Object.entries(METRICS).map(
  ([name, row]) => ({ name, ...row }),
);

/** Metrics of which every one has had a value. */
function usedMetrics(sources: Parameters<typeof metricsOf>[0] = {}) {
  const contact = { kind: 'Pod', listed: true, needed: true, silentMs: 5_000, error: undefined } as const;
  const metrics = metricsOf({ contacts: () => [contact], ...sources });
  const status = { intent: intent('web'), status: {}, result: { ok: true, value: undefined } } as const;
  metrics.reconciled(
    reportOf({ statuses: [status], corrected: new Map([['Sidecar/web', ['flux']]]) }),
    0.004,
  );
  metrics.begun(20);
  metrics.event('ok');
  metrics.watchError('Pod', 'unavailable');
  metrics.answered({ method: 'GET', path: '/api/v1/pods', code: 200, seconds: 0.02 });
  return metrics;
}

const seriesNamesOf = ({ name, type }: (typeof ROWS)[number]): readonly string[] =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name];

describe('the table', () => {
  test('documents every metric that is not one of Node, with its type and labels, and no other', async () => {
    const text = await usedMetrics().text();
    const series = seriesOf(text).filter(({ name }) => !/^(process|nodejs)_/.test(name));
    expect(new Set(series.map(({ name }) => name))).toEqual(new Set(ROWS.flatMap(seriesNamesOf)));
    for (const row of ROWS) {
      expect(text).toContain(`# TYPE ${row.name} ${row.type}\n`);
      for (const { labels } of series.filter(({ name }) => seriesNamesOf(row).includes(name)))
        expect(new Set(Object.keys(labels).filter((label) => label !== 'le'))).toEqual(new Set(row.labels));
    }
  });

  test.each(ROWS)('$name follows the conventions of Prometheus', ({ name, type, help, labels }) => {
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(name).toMatch(type === 'histogram' ? /_seconds$/ : /(?<!milliseconds|_ms|_minutes)$/);
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(labels).not.toContain('namespace');
  });
});

/** Texts that somebody may have chosen. */
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('"', '\\', '\n', '\r', '\u001b[31m', '"} 1'),
);

describe('the series', () => {
  test('are bounded, whatever others call themselves and whatever their statuses say', async () => {
    const { stores } = createClusterState('istio-system');
    const metrics = usedMetrics({ cluster: { stores } });
    const condition = fc.record({
      type: fc.oneof(text, fc.constantFrom(...Object.keys(REASONS))),
      status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
      reason: text,
      message: text,
      observedGeneration: fc.constant(1),
      lastTransitionTime: fc.constant('2026-01-01T00:00:00Z'),
    });
    const [managers = []] = fc.sample(fc.array(text, { minLength: 2_000, maxLength: 2_000 }), 1);
    const [conditions = []] = fc.sample(fc.array(condition, { minLength: 2_000, maxLength: 2_000 }), 1);
    for (const [n, manager] of managers.entries()) {
      metrics.reconciled(reportOf({ corrected: new Map([['Sidecar/web', [manager]]]) }), 0);
      metrics.answered({ method: 'GET', path: `/apis/${manager}/v1/${n}/${manager}`, seconds: 0 });
    }
    for (const [n, one] of conditions.entries()) {
      const identity = { namespace: `ns-${n}`, name: `i-${n}`, uid: '', resourceVersion: '1' };
      stores.EgressIntent.upsert(identity, intent(`i-${n}`, { conditions: [one] }));
    }
    const series = seriesOf(await metrics.text()).filter(({ name }) => !/^(process|nodejs)_/.test(name));
    expect(series.length).toBeLessThan(400);
    const counted = series.filter(({ name }) => name === 'egress_intent_intents');
    expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(2_000);
  });

  test('have labels that are one line and that no terminal obeys', async () => {
    const metrics = metricsOf();
    const manager = 'a\u001b[31m"\\\n\r\u202eb';
    metrics.reconciled(reportOf({ corrected: new Map([['Sidecar/web', [manager]]]) }), 0);
    const line = (await metrics.text())
      .split('\n')
      .find((one) => one.startsWith('egress_intent_corrections_total'));
    expect(line).toBe(
      String.raw`egress_intent_corrections_total{kind="Sidecar",manager="a\\u{1b}[31m\"\\\\u{a}\\u{d}\\u{202e}b"} 1`,
    );
  });

  test('of intents are there for every reason, and count each condition', async () => {
    const { stores } = createClusterState('istio-system');
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: '',
      observedGeneration: 1,
      lastTransitionTime: '',
    } as const;
    for (const name of ['a', 'b'])
      stores.EgressIntent.upsert(
        { namespace: 'red', name, uid: '', resourceVersion: '1' },
        intent(name, { conditions: [ready] }),
      );
    const series = seriesOf(await metricsOf({ cluster: { stores } }).text()).filter(
      ({ name }) => name === 'egress_intent_intents',
    );
    expect(series).toHaveLength(Object.values(REASONS).flatMap((reasons) => Object.keys(reasons)).length);
    expect(series.filter(({ value }) => value !== 0)).toEqual([
      {
        name: 'egress_intent_intents',
        labels: { condition: 'Ready', status: 'True', reason: 'Ready' },
        value: 2,
      },
    ]);
  });

  test('of the last contact leave out what the cluster lacks', async () => {
    const contact = { kind: 'Pod', listed: true, needed: true, silentMs: 60_000, error: undefined } as const;
    const absent = { ...contact, kind: 'HTTPRoute', needed: false } as const;
    const series = seriesOf(await metricsOf({ contacts: () => [contact, absent] }).text()).filter(
      ({ name }) => name === 'egress_intent_last_contact_timestamp_seconds',
    );
    expect(series.map(({ labels }) => labels)).toEqual([{ kind: 'Pod' }]);
    expect(Math.abs(Date.now() / 1000 - 60 - (series[0]?.value ?? 0))).toBeLessThan(5);
  });

  test('of requests without an answer have the code of client-go', async () => {
    const metrics = metricsOf();
    metrics.answered({
      method: 'PATCH',
      path: '/apis/networking.istio.io/v1/namespaces/red/sidecars/web',
      seconds: 1,
    });
    expect(await metrics.text()).toContain(
      'rest_client_requests_total{verb="patch",kind="Sidecar",method="PATCH",code="<error>"} 1',
    );
  });
});

describe('the labels of a request', () => {
  test.each(WATCHED_KINDS.filter((kind) => kind !== 'HostNetworkPod'))(
    'know %s, in every namespace or one',
    (kind) => {
      const { apiVersion, plural } = KINDS[kind];
      const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const list = requestLabels({ method: 'GET', path: `${root}/${plural}` });
      const watch = requestLabels({
        method: 'GET',
        path: `${root}/namespaces/a/${plural}`,
        query: { watch: 'true' },
      });
      const get = requestLabels({ method: 'GET', path: `${root}/namespaces/a/${plural}/b` });
      expect([list, watch, get]).toEqual(['list', 'watch', 'get'].map((verb) => ({ verb, kind })));
    },
  );

  test.each([
    { method: 'GET', path: '/api/v1/namespaces', is: { verb: 'list', kind: 'Namespace' } },
    { method: 'GET', path: '/api/v1/namespaces/red', is: { verb: 'get', kind: 'Namespace' } },
    {
      method: 'PATCH',
      path: '/apis/egressintent.io/v1alpha1/namespaces/red/egressintents/a/status',
      is: { verb: 'patch', kind: 'EgressIntent' },
    },
    {
      method: 'PUT',
      path: '/apis/coordination.k8s.io/v1/namespaces/a/leases/egress-intent',
      is: { verb: 'update', kind: 'Lease' },
    },
    {
      method: 'POST',
      path: '/apis/events.k8s.io/v1/namespaces/red/events',
      is: { verb: 'create', kind: 'Event' },
    },
    {
      method: 'DELETE',
      path: '/apis/networking.istio.io/v1/namespaces/red/sidecars/a',
      is: { verb: 'delete', kind: 'Sidecar' },
    },
    { method: 'GET', path: '/version', is: { verb: 'list', kind: 'other' } },
  ] as const)('of $method $path are $is.verb $is.kind', ({ is, ...request }) => {
    expect(requestLabels(request)).toEqual(is);
  });
});
