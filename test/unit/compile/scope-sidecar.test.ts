// The Sidecar of one scope, and what it reports to the entries of the scope's intents.
import { describe, expect, test } from 'vitest';
import type { Grant } from '../../../src/compile/grants/grant.ts';
import { createServiceRegistry } from '../../../src/compile/mesh/service-registry.ts';
import { scopesOf } from '../../../src/compile/scopes.ts';
import { buildScopeSidecar, sidecarDiagnostics } from '../../../src/compile/scope-sidecar.ts';
import type { Labels } from '../../../src/domain/labels.ts';
import { headless, service, snapshotOf, type ClusterObject } from '../../support/cluster-objects.ts';
import { grant, intent, linesOf, target } from '../../support/registered-hosts.ts';

const DNS = 'kube-system/kube-dns.kube-system.svc.cluster.local';

function built(
  selector: Labels,
  objects: readonly ClusterObject[] = [],
  targets: readonly (readonly Grant['targets'][number][])[] = [],
) {
  const app = intent('app', { selector });
  const [scope] = scopesOf([app], []);
  if (scope === undefined) throw new Error('an intent without a scope');
  const grants = targets.map((each, entry) => grant(app, { entry, targets: each }));
  return buildScopeSidecar(
    {
      scope,
      grants,
      platformHosts: [{ host: 'tracing/collector', ports: 'every', reason: 'Telemetry shop/traces' }],
    },
    viewOf(objects),
  );
}

function viewOf(objects: readonly ClusterObject[]) {
  const snapshot = snapshotOf(objects);
  return { snapshot, registry: createServiceRegistry(snapshot, []) };
}

const diagnosticsOf = (...[selector, objects = [], targets]: Parameters<typeof built>) =>
  sidecarDiagnostics(built(selector, objects, targets), viewOf(objects));

describe('the spec', () => {
  test('selects the pods of the scope, blocks what it does not list, and lists the platform hosts', () => {
    expect(built({ tier: 'front', app: 'web' }).sidecar.spec).toEqual({
      workloadSelector: { labels: { app: 'web', tier: 'front' } },
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
      egress: [{ hosts: [DNS, 'tracing/collector'] }],
    });
  });

  test('has no selector for the whole namespace: an empty one would precede all others', () => {
    expect(built({}).sidecar.spec).not.toHaveProperty('workloadSelector');
  });

  test('lists what the grants target', () => {
    const targets = [
      [target('pay/api.pay.svc.cluster.local', [80])],
      [target('pay/web.pay.svc.cluster.local')],
    ];
    const objects = [
      service('pay/api', { http: 80, 'http-admin': 9090 }),
      service('pay/web', { http: 8080 }),
    ];
    expect(linesOf(built({ app: 'web' }, objects, targets).sidecar.spec.egress)).toEqual([
      'HTTP 80: pay/api.pay.svc.cluster.local',
      `default: ${DNS} pay/web.pay.svc.cluster.local tracing/collector`,
    ]);
  });
});

describe('the diagnostics', () => {
  test('report an unreachable port to the entry that grants it', () => {
    const db = 'pay/db.pay.svc.cluster.local';
    const found = diagnosticsOf(
      { app: 'web' },
      [headless('pay/db', { 'tcp-db': 5432, 'tcp-metrics': 9187 })],
      [[], [target(db, [5432])]],
    );
    expect(found).toMatchObject([
      {
        code: 'PortNotGranted',
        intent: 'app',
        entry: 1,
        host: db,
        port: 5432,
        selector: { app: 'web' },
        reason: { kind: 'headless' },
      },
    ]);
  });

  test('report a spoofable host to the entry that grants it', () => {
    const [cache, api] = ['pay/cache.pay.svc.cluster.local', 'pay/api.pay.svc.cluster.local'];
    const objects = [headless('pay/cache', { sniffed: 9000 }), service('pay/api', { http: 9000 })];
    expect(diagnosticsOf({ app: 'web' }, objects, [[target(cache)], [target(api)]])).toMatchObject([
      { code: 'HostSpoofable', intent: 'app', entry: 0, destination: cache },
    ]);
  });

  test('are none if everything can be granted', () => {
    expect(diagnosticsOf({ app: 'web' }, [], [[target('pay/*')]])).toEqual([]);
  });
});
