// What Istio does with routes of the Gateway API whose parents are Services and ServiceEntries.
import { expect, it } from 'vitest';
import { outcomesOf } from '../kits/oracle/objects.ts';
import { withOracle } from '../kits/oracle/with-oracle.ts';
import { compiled, settingsWith } from '../support/compiler.ts';
import type { KubeObject } from '../support/cluster.ts';
import { FACTS } from './gateway-route-facts.ts';
import { API, API_9000, API_LISTED, TCP, WEB, onPort, route, toWeb, web } from './gateway-route-objects.ts';

const TCP_ROUTE = { kind: 'TCPRoute', backends: [toWeb(9000)] } as const;
/** The older Istio reads TCPRoutes only if PILOT_ENABLE_ALPHA_GATEWAY_API is set. */
const TCP_ROUTES: Readonly<Record<string, readonly KubeObject[]>> = {
  'of the parent’s namespace': [route('payments', TCP_ROUTE)],
  'of a third namespace': [route('ops', TCP_ROUTE)],
  'imported for one port': [route('payments', TCP_ROUTE), onPort(9000, 'TCP', [API_LISTED])],
};

/** Grants what is called, and none of the ends. */
const INTENT = {
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'checkout', namespace: 'shop', creationTimestamp: '2026-02-01T00:00:00Z' },
  spec: {
    workloadSelector: { matchLabels: { app: 'checkout' } },
    allow: [
      { service: { name: 'api', namespace: 'payments' } },
      { host: 'ext.com', ports: [{ port: 80, protocol: 'HTTP' }] },
      {
        host: '*.ext.com',
        ports: [
          { port: 80, protocol: 'HTTP' },
          { port: 443, protocol: 'TLS' },
        ],
      },
    ],
  },
};

for (const version of ['current', 'older'] as const)
  await withOracle(
    `a route of the Gateway API, ${version} Istio`,
    (oracle) => {
      const outcome = async (objects: readonly KubeObject[], call: string) =>
        (await outcomesOf(oracle, { objects: [API, WEB, ...objects] }, [call]))[call];

      it.each(Object.entries(FACTS))('%s', async (_, [objects, call, expected]) => {
        expect(await outcome(objects, call)).toBe(expected);
      });

      it.each(
        Object.entries(FACTS).filter(([, [objects]]) => !objects.some(({ kind }) => kind === 'Sidecar')),
      )('%s, with an intent as without it', async (_, [objects, call, expected]) => {
        const settings = settingsWith({
          istioVersion: version === 'current' ? '1.31' : '1.30',
          trustedNamespaces: ['ops'],
        });
        const { manifests } = compiled([API, WEB, ...objects, INTENT], 'shop', settings);
        expect(await outcome([...objects, ...manifests], call)).toBe(expected);
      });

      it.each(Object.entries(TCP_ROUTES))('of the kind TCPRoute, %s', async (_, objects) => {
        expect(await outcome(objects, TCP)).toBe(version === 'current' ? web(9000) : API_9000);
      });
    },
    { istio: version },
  );
