// An intent does not change how a granted call travels, with real traffic: through the egress gateway, to the canary's share of
// the pods and within its timeout, over TLS that the proxy originates, and along the HTTPRoutes of the Gateway API. The proof
// checks the same with istiod's code alone, in random clusters.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureGatewayCrds } from '../kits/control-plane/gateway-crds.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { ensureMeshParts } from '../kits/mesh/prerequisites.ts';
import { eventually } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { untilCondition } from '../support/intent-status.ts';
import { controllerKubeconfig } from '../support/shipped-mesh.ts';
import * as story from '../support/story.ts';
import {
  BLOCKED,
  startFidelityMesh,
  type FidelityMesh,
  type Journey,
  type TargetName,
} from './fidelity-mesh.ts';

type Journeys = Readonly<Partial<Record<TargetName, Journey>>>;

/** What an intent allows, how its calls travel, and the Services of which v2 gets 10 of 100 calls. */
type Case = {
  readonly allow: readonly story.AllowEntry[];
  readonly travel: Journeys;
  readonly canaries?: readonly string[];
};

const HTTP = { port: 80, protocol: 'HTTP' };
const TLS = { port: 443, protocol: 'TLS' };
const host = (name: string, ...ports: readonly object[]): story.AllowEntry => ({ host: name, ports });
const service = (name: string): story.AllowEntry => ({
  service: { name, namespace: 'pay' },
  ports: [{ port: 80 }],
});
const TIMED_OUT = 'http-504';

const CASES: Readonly<Record<string, Case>> = {
  'through the egress gateway, by objects of the platform': {
    allow: [host('www.news.com', HTTP, TLS)],
    travel: {
      'news, HTTP': 'www.news.com from gateway',
      'news, TLS': 'www.news.com from gateway over TLS',
    },
  },
  'through the egress gateway, by objects of the caller': {
    allow: [host('www.weather.com', HTTP, TLS)],
    travel: {
      'weather, HTTP': 'www.weather.com from gateway',
      'weather, TLS': 'www.weather.com from gateway over TLS',
    },
  },
  'over TLS, by objects of the platform': {
    allow: [host('api.bank.com', HTTP)],
    travel: { bank: 'api.bank.com from app over TLS' },
  },
  'over TLS, by objects of the caller': {
    allow: [host('api.post.com', HTTP)],
    travel: { post: 'api.post.com from app over TLS' },
  },
  'to a canary with a timeout, by a VirtualService of the provider': {
    allow: [service('catalog')],
    travel: { 'catalog, slow': TIMED_OUT },
    canaries: ['catalog'],
  },
  'to a canary with a timeout, by a VirtualService of the caller': {
    allow: [service('stock')],
    travel: { 'stock, slow': TIMED_OUT },
    canaries: ['stock'],
  },
  'by a header, to a canary and with a timeout, by an HTTPRoute of the provider': {
    allow: [service('orders')],
    travel: { 'orders, header': 'v2 from app', 'orders, slow': TIMED_OUT },
    canaries: ['orders'],
  },
  'by a header, to a canary and with a timeout, by an HTTPRoute of the caller': {
    allow: [service('quotes')],
    travel: { 'quotes, header': 'v2 from app', 'quotes, slow': TIMED_OUT },
    canaries: ['quotes'],
  },
};

/** What no intent of this file allows. */
const NEVER_GRANTED: Journeys = {
  'gossip, HTTP': 'www.gossip.com from gateway',
  'gossip, TLS': 'www.gossip.com from gateway over TLS',
  'gossip, at the address of the gateway': 'www.gossip.com from gateway over TLS',
  'orders-next': 'v2 from app',
  'quotes-next': 'v2 from app',
};

const all = Object.values(CASES);
const EVERY_CASE: Required<Case> = {
  allow: all.flatMap(({ allow }) => allow),
  travel: Object.assign({}, ...all.map(({ travel }) => travel)) as Journeys,
  canaries: all.flatMap(({ canaries = [] }) => canaries),
};
const WITHOUT_INTENT: Journeys = { ...EVERY_CASE.travel, ...NEVER_GRANTED };

/** The calls of the case travel as before, and no other gets through. */
const onlyOf = ({ travel }: Case): Journeys => ({
  ...Object.fromEntries(Object.keys(WITHOUT_INTENT).map((target) => [target, BLOCKED])),
  ...travel,
});

/**
 * Of this many calls, v2 answers a number between these two. It is outside with a probability of 4e-8, by the binomial
 * distribution with a chance of 1/10; with all calls of this file, below 1e-6.
 */
const CALLS = 400;
const OF_CANARY = { least: 12, most: 76 };

describe.runIf(
  (await realParts(ensureMeshParts({ mayInstall: true }))) && (await realParts(ensureGatewayCrds())),
)('a granted call travels as before', () => {
  let fidelity: FidelityMesh;
  let controller: Controller;

  beforeAll(async () => {
    fidelity = await startFidelityMesh();
    controller = await runningController(controllerKubeconfig(fidelity.mesh));
  });
  afterAll(async () => {
    await controller.stop();
    await fidelity.mesh.stop();
  });
  afterEach(async () => {
    const { cluster } = fidelity.mesh;
    await cluster.remove(story.intentRef());
    await eventually(async () => expect(await cluster.list(story.GENERATED.sidecars)).toEqual([]));
  });

  async function expectCanaries(services: readonly string[]): Promise<void> {
    for (const name of services) {
      const { v1 = 0, v2 = 0, ...others } = await fidelity.shares(name, CALLS);
      const inRange = v2 >= OF_CANARY.least && v2 <= OF_CANARY.most;
      expect({ name, v1, v2, others, inRange }).toEqual({
        name,
        v1: CALLS - v2,
        v2,
        others: {},
        inRange: true,
      });
    }
  }

  test('without an intent, as platform, provider and caller have routed it', async () => {
    expect(await fidelity.journeys()).toEqual(WITHOUT_INTENT);
    await expectCanaries(EVERY_CASE.canaries);
  });

  test.each([...Object.entries(CASES), ['all of these at once', EVERY_CASE] as const])(
    '%s',
    async (_what, intended) => {
      await fidelity.mesh.cluster.apply(story.intent(intended.allow, { selector: { app: 'shop' } }));
      await untilCondition(fidelity.mesh.cluster, { is: 'True/Ready' });
      expect(await fidelity.journeys()).toEqual(onlyOf(intended));
      await expectCanaries(intended.canaries ?? []);
    },
  );

  test('once the intent is deleted, as without one', async () => {
    expect(await fidelity.journeys()).toEqual(WITHOUT_INTENT);
  });
});
