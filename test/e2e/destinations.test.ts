// Every kind of entry with real traffic: an app reaches through Envoy what its intents grant, and nothing else. The proof
// checks the same with istiod's code alone.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, refOf, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { untilCondition } from '../support/intent-status.ts';
import { controllerKubeconfig } from '../support/shipped-mesh.ts';
import * as story from '../support/story.ts';
import { startDestinationsMesh, type DestinationsMesh, type TargetName } from './destinations-mesh.ts';
import { ensureMeshParts } from '../kits/mesh/prerequisites.ts';

const APP = { app: 'shop' };
const WEB = { name: 'web', namespace: 'pay' };
const ports = (...numbers: readonly number[]) => numbers.map((port) => ({ port }));
const host = (name: string, port: number, protocol: string) => ({ host: name, ports: [{ port, protocol }] });

type IntentSpec = {
  readonly selector?: Readonly<Record<string, string>>;
  readonly mode?: 'Enforce' | 'Audit';
  readonly allow: readonly story.AllowEntry[];
};

/** The intents intent-0, intent-1 and so on. */
const intentsOf = (specs: readonly IntentSpec[]): readonly KubeObject[] =>
  specs.map(({ selector = APP, mode, allow }, index) =>
    story.intent(allow, { name: `intent-${index}`, selector, ...(mode === undefined ? {} : { mode }) }),
  );

const ONE_INTENT: readonly (readonly [string, readonly story.AllowEntry[], readonly TargetName[]])[] = [
  ['an HTTP port of a Service', [{ service: WEB, ports: ports(80) }], ['web:80']],
  ['the other HTTP port', [{ service: WEB, ports: ports(8080) }], ['web:8080']],
  ['a TCP port of a Service', [{ service: WEB, ports: ports(5432) }], ['web:5432']],
  ['an HTTP port and a TCP port', [{ service: WEB, ports: ports(80, 5432) }], ['web:80', 'web:5432']],
  ['a whole Service', [{ service: WEB }], ['web:80', 'web:8080', 'web:5432']],
  [
    'every port of a Service, listed one by one',
    [{ service: WEB, ports: ports(80, 8080, 5432) }],
    ['web:80', 'web:8080', 'web:5432'],
  ],
  [
    'one port of a Service and all ports of another Service with the same port',
    [{ service: WEB, ports: ports(80) }, { service: { name: 'api', namespace: 'pay' } }],
    ['web:80', 'api:80'],
  ],
  [
    'a port of a namespace',
    [{ namespace: { name: 'pay' }, ports: ports(80) }],
    ['web:80', 'api:80', 'alias:80'],
  ],
  [
    'a TCP port of a namespace that has a headless Service',
    [{ namespace: { name: 'pay' }, ports: ports(5432) }],
    ['web:5432', 'db:5432'],
  ],
  ['a headless Service', [{ service: { name: 'db', namespace: 'pay' } }], ['db:5432']],
  [
    'an ExternalName Service and its target',
    [{ service: { name: 'alias', namespace: 'pay' }, ports: ports(80) }],
    ['web:80', 'alias:80'],
  ],
  ['a range on one port', [{ cidr: '203.0.113.0/25', ports: ports(5432) }], ['range:5432']],
  [
    'one port of a registered range',
    [{ serviceEntry: { host: 'net.partner.com', namespace: 'entries' }, ports: ports(5432) }],
    ['range:5432'],
  ],
  [
    'one port of a registered range and the same port of a Service',
    [
      { serviceEntry: { host: 'net.partner.com', namespace: 'entries' }, ports: ports(5432) },
      { service: WEB, ports: ports(5432) },
    ],
    ['web:5432', 'range:5432'],
  ],
  [
    'an address on two ports',
    [{ cidr: '203.0.113.10', ports: ports(5432, 8080) }],
    ['range:5432', 'range:8080'],
  ],
  ['a wider range', [{ cidr: '203.0.113.0/24', ports: ports(5432) }], ['range:5432', 'beyond:5432']],
  [
    'a TCP port of a Service and the same port of a range',
    [
      { service: WEB, ports: ports(5432) },
      { cidr: '203.0.113.0/25', ports: ports(5432) },
    ],
    ['web:5432', 'range:5432'],
  ],
  ['an external host with TLS', [{ host: 'partner.com' }], ['partner:443']],
  ['an external host with TLS on port 8443', [host('partner.com', 8443, 'TLS')], ['partner:8443']],
  ['an external host with HTTP', [host('partner.com', 80, 'HTTP')], ['partner:80']],
  [
    'an external host with HTTP and the same port of a Service',
    [host('partner.com', 80, 'HTTP'), { service: WEB, ports: ports(80) }],
    ['web:80', 'partner:80'],
  ],
  ['one host of a domain', [{ host: 'a.wild.com' }], ['a.wild:443']],
  ['a wildcard', [{ host: '*.wild.com' }], ['a.wild:443', 'b.wild:443']],
  [
    'a wildcard and an exact host',
    [{ host: '*.wild.com' }, { host: 'other.com' }],
    ['a.wild:443', 'b.wild:443', 'other:443'],
  ],
];

const MANY_INTENTS: readonly (readonly [string, readonly IntentSpec[], readonly TargetName[]])[] = [
  [
    'two apps with different ports of one host',
    [
      { allow: [{ host: 'partner.com' }] },
      { selector: { app: 'another' }, allow: [host('partner.com', 8443, 'TLS')] },
    ],
    ['partner:443'],
  ],
  [
    'a wildcard, and a host that it covers on another port for another app',
    [
      { allow: [{ host: '*.wild.com' }] },
      { selector: { app: 'another' }, allow: [host('a.wild.com', 80, 'HTTP')] },
    ],
    ['a.wild:443', 'b.wild:443'],
  ],
  [
    'four intents whose selectors overlap as a diamond',
    [
      { selector: {}, allow: [{ service: { name: 'api', namespace: 'pay' } }] },
      { allow: [{ service: WEB, ports: ports(80) }] },
      { selector: { tier: 'web' }, allow: [{ service: WEB, ports: ports(5432) }] },
      { selector: { app: 'shop', tier: 'web' }, allow: [{ host: 'partner.com' }] },
    ],
    ['web:80', 'web:5432', 'api:80', 'partner:443'],
  ],
  [
    'the grants of an Audit intent where another intent restricts the pod',
    [
      { allow: [{ service: WEB, ports: ports(80) }] },
      { selector: { tier: 'web' }, mode: 'Audit', allow: [{ host: 'other.com' }] },
    ],
    ['web:80', 'other:443'],
  ],
  [
    'a host with plain TCP, in a namespace with a default intent',
    [{ selector: {}, allow: [host('partner.com', 8443, 'TCP')] }],
    ['partner:8443'],
  ],
];

describe.runIf(await realParts(ensureMeshParts({ mayInstall: true })))('through Envoy an app reaches', () => {
  let destinations: DestinationsMesh;
  let controller: Controller;

  beforeAll(async () => {
    destinations = await startDestinationsMesh();
    controller = await runningController(controllerKubeconfig(destinations.mesh));
  });
  afterAll(async () => {
    await controller.stop();
    await destinations.mesh.stop();
  });
  afterEach(async () => {
    const { cluster } = destinations.mesh;
    for (const { metadata } of await cluster.list(story.intentRef())) {
      await cluster.remove(story.intentRef(metadata.name));
    }
    await eventually(async () => expect(await cluster.list(story.GENERATED.sidecars)).toEqual([]));
  });

  async function applyIntents(specs: readonly IntentSpec[]): Promise<void> {
    const objects = intentsOf(specs);
    // A host of plain TCP takes its port, which is told.
    const accepted = JSON.stringify(specs).includes('"TCP"') ? 'True/Warnings' : 'True/Accepted';
    for (const object of objects) await destinations.mesh.cluster.apply(object);
    for (const { metadata } of objects) {
      await untilCondition(destinations.mesh.cluster, {
        intent: metadata.name,
        condition: 'Accepted',
        is: accepted,
      });
    }
  }

  test.each(ONE_INTENT)('%s', async (_what, allow, reached) => {
    await applyIntents([{ allow }]);
    expect(await destinations.reach(destinations.app)).toEqual(reached);
  });

  test.each(MANY_INTENTS)('%s', async (_what, specs, reached) => {
    await applyIntents(specs);
    expect(await destinations.reach(destinations.app)).toEqual(reached);
  });

  test('what an older foreign Sidecar lists, and what the managed Sidecar lists once the foreign one is deleted', async () => {
    const { cluster } = destinations.mesh;
    const foreign = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'by-hand', namespace: 'red' },
      spec: {
        workloadSelector: { labels: APP },
        outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
        egress: [{ hosts: ['pay/api.pay.svc.cluster.local'] }],
      },
    };
    await cluster.apply(foreign);
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // timestamps have a resolution of one second
    await applyIntents([{ allow: [{ service: WEB, ports: ports(80) }] }]);
    expect(await destinations.reach(destinations.app)).toEqual(['api:80']);
    await untilCondition(cluster, { intent: 'intent-0', condition: 'Effective', is: 'False/Shadowed' });
    await cluster.remove(refOf(foreign));
    await untilCondition(cluster, { intent: 'intent-0', is: 'True/Ready' });
    expect(await destinations.reach(destinations.app)).toEqual(['web:80']);
  });
});
