// The queries of the alert rules and of the dashboard against a real Prometheus that scrapes the real controller.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { METRICS } from '../../../src/controller/metrics/rows.ts';
import { ensureBinaries } from '../../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../../kits/control-plane/kubernetes.ts';
import { freePort } from '../../kits/control-plane/ports.ts';
import { realParts } from '../../kits/control-plane/real-parts.ts';
import { ensurePrometheus } from '../../kits/prometheus/prerequisites.ts';
import { startPrometheus, type Prometheus } from '../../kits/prometheus/prometheus.ts';
import type { Controller } from '../../../src/controller/controller.ts';
import { eventually, type Cluster } from '../../support/cluster.ts';
import { runningController } from '../../support/controller.ts';
import { untilCondition } from '../../support/intent-status.ts';
import { ALERTS, metricsIn, PANELS, QUERIES, RULE_FILE } from '../../support/monitoring.ts';
import { startRealCluster } from '../../support/real-cluster.ts';
import * as story from '../../support/story.ts';

const isPossible = (await realParts(ensureBinaries())) && (await realParts(ensurePrometheus()));

describe.runIf(isPossible)('the queries of deploy/monitoring', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let controller: Controller;
  let prometheus: Prometheus;
  let exposed: string;

  beforeAll(async () => {
    const started = await startRealCluster();
    ({ kubernetes, cluster } = started);
    const metricsPort = await freePort('127.0.0.1');
    controller = await runningController(started.kubeconfig, { metricsPort });
    await cluster.apply(story.appIntent([story.GREEN]));
    await untilCondition(cluster, { is: 'True/Ready' });
    prometheus = await startPrometheus(metricsPort, RULE_FILE);
    await eventually(async () =>
      expect(await valuesOf('count(count_over_time(egress_intent_build_info[1m]) > 2)')).toEqual([1]),
    );
    exposed = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  });
  afterAll(async () => {
    await prometheus.stop();
    await controller.stop();
    await cluster.close();
    await kubernetes.stop();
  });

  const valuesOf = async (expr: string): Promise<readonly number[]> => {
    const { result } = (await prometheus.api(`query?query=${encodeURIComponent(expr)}`)) as {
      readonly result: readonly { readonly value: readonly [number, string] }[];
    };
    return result.map(({ value: [, text] }) => Number(text));
  };
  const isExposed = (name: string): boolean =>
    [name, name.replace(/_(bucket|count|sum)$/, '')].some((each) => exposed.includes(`\n# TYPE ${each} `));

  test.each(QUERIES)('$from names only what /metrics exposes, and runs', async ({ expr }) => {
    const named = metricsIn(expr);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !isExposed(name))).toEqual([]);
    await expect(valuesOf(expr)).resolves.toBeInstanceOf(Array);
  });

  test('show what the controller does', async () => {
    expect(await valuesOf('sum(egress_intent_pods{state="unrestricted"})')).toEqual([0]);
    expect(await valuesOf('egress_intent_intents{condition="Ready",reason="Ready"}')).toEqual([1]);
    expect(await valuesOf('leader_election_master_status{name="egress-intent"}')).toEqual([1]);
    const [contact = 0] = await valuesOf('max(time() - egress_intent_last_contact_timestamp_seconds)');
    expect(contact).toBeLessThan(120);
    expect(
      (await valuesOf('rest_client_requests_total{verb="patch",kind="Sidecar",method="PATCH"}')).length,
    ).toBeGreaterThan(0);
  });

  test('cover every metric of ours', () => {
    const named = new Set(
      QUERIES.flatMap(({ expr }) => metricsIn(expr)).map((name) => name.replace(/_bucket$/, '')),
    );
    expect(Object.keys(METRICS).filter((name) => !named.has(name))).toEqual([]);
  });

  test('of the rules are evaluated without an error, and none fires at rest', async () => {
    await eventually(async () => {
      const { groups } = (await prometheus.api('rules')) as {
        readonly groups: readonly {
          readonly rules: readonly { readonly health: string; readonly name: string }[];
        }[];
      };
      const rules = groups.flatMap((group) => group.rules);
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
      expect(rules).toHaveLength(ALERTS.length);
    });
    const { alerts } = (await prometheus.api('alerts')) as {
      readonly alerts: readonly { readonly state: string }[];
    };
    expect(alerts.filter(({ state }) => state === 'firing')).toEqual([]);
  });

  test('of the dashboard stand on panels that do not overlap', () => {
    const cells = PANELS.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(PANELS.map(({ id }) => id)).size).toBe(PANELS.length);
  });
});
