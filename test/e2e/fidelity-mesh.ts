// The mesh of fidelity.test.ts: an app, Services and external hosts, an egress gateway, and the routing between them
// (fidelity-routing.ts). Of each kind of routing there is one of the platform or the provider, and one of the caller.
import { ensureGatewayCrds } from '../kits/control-plane/gateway-crds.ts';
import { demand } from '../kits/control-plane/real-parts.ts';
import type { Answer } from '../kits/mesh/answer.ts';
import type { Call } from '../kits/mesh/client.ts';
import { hasReadRoute } from '../kits/mesh/istiod-differences.ts';
import type { Mesh } from '../kits/mesh/mesh.ts';
import type { Pod } from '../kits/mesh/pods.ts';
import { eventually } from '../support/cluster.ts';
import { startShippedMesh } from '../support/shipped-mesh.ts';
import * as routing from './fidelity-routing.ts';

/** `pay` provides the Services. The platform's namespace is the root namespace of the mesh. */
const [CALLER, PROVIDER, PLATFORM] = ['red', 'pay', 'istio-system'] as const;

/** Each host or Service, and the namespace that has its routing. */
const EGRESS_GATEWAY = { 'www.news.com': PLATFORM, 'www.gossip.com': PLATFORM, 'www.weather.com': CALLER };
const TLS_ORIGINATION = { 'api.bank.com': PLATFORM, 'api.post.com': CALLER };
const CANARY = { catalog: PROVIDER, stock: CALLER };
const HTTP_ROUTE = { orders: PROVIDER, quotes: CALLER };

const GATEWAY = 'istio-egressgateway.istio-system';
const NEXT = { 'x-version': 'next' };

type Target = { readonly url: string } & Call;

/** A call that is answered after 5 s. Every route of these Services gives up before. */
const slow = (service: string): Target => ({ url: `http://${service}.pay/?delay=5000`, timeoutMs: 8_000 });

/** What the app may try to call. */
const TARGETS = {
  'news, HTTP': { url: 'http://www.news.com/' },
  'news, TLS': { url: 'https://www.news.com/' },
  'gossip, HTTP': { url: 'http://www.gossip.com/' },
  'gossip, TLS': { url: 'https://www.gossip.com/' },
  'gossip, at the address of the gateway': { url: 'https://www.gossip.com/', connectTo: `${GATEWAY}:443` },
  'weather, HTTP': { url: 'http://www.weather.com/' },
  'weather, TLS': { url: 'https://www.weather.com/' },
  bank: { url: 'http://api.bank.com/' },
  post: { url: 'http://api.post.com/' },
  'catalog, slow': slow('catalog'),
  'stock, slow': slow('stock'),
  'orders, slow': slow('orders'),
  'orders, header': { url: 'http://orders.pay/', headers: NEXT },
  'orders-next': { url: 'http://orders-next.pay/' },
  'quotes, slow': slow('quotes'),
  'quotes, header': { url: 'http://quotes.pay/', headers: NEXT },
  'quotes-next': { url: 'http://quotes-next.pay/' },
} as const satisfies Record<string, Target>;
export type TargetName = keyof typeof TARGETS;

/** Which server got a call, from whom and how: `www.news.com from gateway over TLS`. Or what the app got instead. */
export type Journey = string;
export const BLOCKED: Journey = 'blocked';

export type FidelityMesh = {
  readonly mesh: Mesh;
  /** Calls every target from the app, which has the label app=shop, once every Envoy has the current configuration. */
  readonly journeys: () => Promise<Readonly<Record<TargetName, Journey>>>;
  /** The number of calls of the Service that each pod answered, of so many in all. A blocked call counts as its outcome. */
  readonly shares: (service: string, calls: number) => Promise<Readonly<Record<string, number>>>;
};

export async function startFidelityMesh(): Promise<FidelityMesh> {
  const gatewayApi = demand(await ensureGatewayCrds());
  const mesh = await startShippedMesh({ crds: gatewayApi.texts });
  try {
    const { app, gateway } = await addPods(mesh);
    await addRouting(mesh);
    const names = new Map([
      [app.ip, 'app'],
      [gateway.ip, 'gateway'],
    ]);
    return {
      mesh,
      journeys: () => journeys(mesh, app, (ip) => names.get(ip) ?? ip),
      shares: (service, calls) => shares(app, service, calls),
    };
  } catch (error) {
    await mesh.stop();
    throw error;
  }
}

async function addPods(mesh: Mesh): Promise<{ readonly app: Pod; readonly gateway: Pod }> {
  const version = (name: string): Promise<Pod> =>
    mesh.addPod({ name, namespace: PROVIDER, labels: { version: name }, proxy: 'none' });
  const [app, v1, v2] = await Promise.all([
    mesh.addPod({ name: 'app', namespace: CALLER, labels: { app: 'shop' } }),
    version('v1'),
    version('v2'),
    ...[...Object.keys(EGRESS_GATEWAY), ...Object.keys(TLS_ORIGINATION)].map((host) =>
      mesh.addExternal({ host }),
    ),
  ]);
  const service = (name: string, ...endpoints: readonly Pod[]) =>
    mesh.addService({ name, namespace: PROVIDER, endpoints });
  await Promise.all([
    ...Object.keys(CANARY).map((name) => service(name, v1, v2)),
    ...Object.keys(HTTP_ROUTE).flatMap((name) => [service(name, v1), service(`${name}-next`, v2)]),
  ]);
  return { app, gateway: await addGateway(mesh) };
}

async function addGateway(mesh: Mesh): Promise<Pod> {
  const { name, namespace, labels, ports } = routing.EGRESS_GATEWAY;
  const gateway = await mesh.addPod({ name, namespace, labels, proxy: 'gateway' });
  await mesh.addService({ name, namespace, ports, endpoints: [gateway] });
  return gateway;
}

async function addRouting(mesh: Mesh): Promise<void> {
  const routes = Object.entries(HTTP_ROUTE).map(([service, owner]) =>
    routing.httpRoute(service, PROVIDER, owner),
  );
  const objects = [
    ...Object.entries(EGRESS_GATEWAY).flatMap(([host, owner]) => routing.throughEgressGateway(host, owner)),
    ...Object.entries(TLS_ORIGINATION).flatMap(([host, owner]) => routing.withTlsOrigination(host, owner)),
    ...Object.entries(CANARY).flatMap(([service, owner]) => routing.canary(service, PROVIDER, owner)),
    routing.referenceGrant(CALLER, PROVIDER),
    ...routes,
  ];
  await Promise.all(objects.map((object) => mesh.cluster.apply(object)));
  for (const route of routes) {
    await eventually(async () => {
      if (!(await hasReadRoute(mesh.istiod, route)))
        throw new Error(`istiod has not read ${route.metadata.name}`);
    });
  }
}

async function journeys(
  mesh: Mesh,
  app: Pod,
  nameOf: (ip: string) => string,
): Promise<Readonly<Record<TargetName, Journey>>> {
  await mesh.settled();
  const entries = Object.entries(TARGETS).map(async ([name, { url, ...call }]: [string, Target]) => {
    const answer = await app.get(url, call);
    return [name, journeyOf(answer, nameOf)] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<TargetName, Journey>;
}

function journeyOf(answer: Answer, nameOf: (ip: string) => string): Journey {
  if (answer.kind === 'blocked')
    return answer.how === 'closed' || answer.how === 'http-502' ? BLOCKED : answer.how;
  const { server, from, sni } = answer.body;
  return `${server} from ${nameOf(from)}${sni === undefined ? '' : ' over TLS'}`;
}

async function shares(app: Pod, service: string, calls: number): Promise<Readonly<Record<string, number>>> {
  const loop = await app.loop([`http://${service}.${PROVIDER}/`], { keepAlive: true, pauseMs: 0 });
  await eventually(
    async () => {
      const { length } = await loop.records();
      if (length < calls) throw new Error(`${length} calls of ${service}`);
    },
    { withinMs: 60_000 },
  );
  const records = (await loop.stop()).slice(0, calls);
  const byServer = Map.groupBy(records, ({ answer }) =>
    answer.kind === 'answered' ? answer.body.server : answer.how,
  );
  return Object.fromEntries([...byServer].map(([server, { length }]) => [server, length]));
}
