// The mesh of destinations.test.ts: an app, and everything that it may try to call: Services of several kinds, external
// hosts, plain addresses.
import { startShippedMesh } from '../support/shipped-mesh.ts';
import { namespaceObject } from '../support/story.ts';
import type { Mesh } from '../kits/mesh/mesh.ts';
import type { Pod } from '../kits/mesh/pods.ts';
import type { Call } from '../kits/mesh/client.ts';
import { isSuccess } from './story-mesh.ts';

const RANGE_IP = '203.0.113.10';
const BEYOND_IP = '203.0.113.200';

type Target = { readonly url: string } & Call;

/** `pay/web` serves HTTP on 80 and 8080, and TCP on 5432. Servers of TCP ports speak HTTP too, which Envoy does not see. */
const TARGETS = {
  'web:80': { url: 'http://web.pay/' },
  'web:8080': { url: 'http://web.pay:8080/' },
  'web:5432': { url: 'http://web.pay:5432/' },
  'api:80': { url: 'http://api.pay/' },
  'db:5432': { url: 'http://db.pay:5432/' },
  'alias:80': { url: 'http://alias.pay/', connectTo: 'web.pay:80' },
  'partner:80': { url: 'http://partner.com/' },
  'partner:443': { url: 'https://partner.com/' },
  'partner:8443': { url: 'https://partner.com:8443/' },
  'a.wild:443': { url: 'https://a.wild.com/' },
  'b.wild:443': { url: 'https://b.wild.com/' },
  'other:443': { url: 'https://other.com/' },
  'range:5432': { url: `http://${RANGE_IP}:5432/` },
  'range:8080': { url: `http://${RANGE_IP}:8080/` },
  'beyond:5432': { url: `http://${BEYOND_IP}:5432/` },
} as const satisfies Record<string, Target>;
export type TargetName = keyof typeof TARGETS;

export type DestinationsMesh = {
  readonly mesh: Mesh;
  /** The app, with the labels app=shop and tier=web. */
  readonly app: Pod;
  /** Calls every target from the pod, once every Envoy has the current configuration. Returns those that answer. */
  readonly reach: (pod: Pod) => Promise<readonly TargetName[]>;
};

export async function startDestinationsMesh(): Promise<DestinationsMesh> {
  const mesh = await startShippedMesh({ outboundTrafficPolicy: 'ALLOW_ANY' });
  try {
    return { mesh, app: await populate(mesh), reach: async (pod) => reach(mesh, pod) };
  } catch (error) {
    await mesh.stop();
    throw error;
  }
}

async function populate(mesh: Mesh): Promise<Pod> {
  await mesh.cluster.apply(namespaceObject('entries'));
  const [app, server] = await Promise.all([
    mesh.addPod({ name: 'app', namespace: 'red', labels: { app: 'shop', tier: 'web' } }),
    mesh.addPod({ name: 'server', namespace: 'pay', ports: [80, 8080, 5432], proxy: 'none' }),
  ]);
  await Promise.all([
    mesh.addService({
      name: 'web',
      namespace: 'pay',
      ports: [
        { name: 'http', port: 80 },
        { name: 'http-admin', port: 8080 },
        { name: 'tcp-db', port: 5432 },
      ],
      endpoints: [server],
    }),
    mesh.addService({ name: 'api', namespace: 'pay', endpoints: [server] }),
    mesh.addService({
      name: 'db',
      namespace: 'pay',
      ports: [{ name: 'tcp-db', port: 5432 }],
      endpoints: [server],
      headless: true,
    }),
    mesh.cluster.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'alias', namespace: 'pay' },
      spec: { type: 'ExternalName', externalName: 'web.pay.svc.cluster.local' },
    }),
    mesh.cluster.apply({
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name: 'partner-net', namespace: 'entries' },
      spec: {
        hosts: ['net.partner.com'],
        addresses: ['203.0.113.0/25'],
        location: 'MESH_EXTERNAL',
        resolution: 'NONE',
        ports: [5432, 8080].map((number) => ({ number, name: `tcp-${number}`, protocol: 'TCP' })),
      },
    }),
    mesh.addExternal({ host: 'partner.com', tlsPorts: [443, 8443] }),
    mesh.addExternal({ host: 'a.wild.com' }),
    mesh.addExternal({ host: 'b.wild.com' }),
    mesh.addExternal({ host: 'other.com' }),
    mesh.addExternal({ host: 'range.test', ip: RANGE_IP, ports: [5432, 8080] }),
    mesh.addExternal({ host: 'beyond.test', ip: BEYOND_IP, ports: [5432] }),
  ]);
  return app;
}

async function reach(mesh: Mesh, pod: Pod): Promise<readonly TargetName[]> {
  await mesh.settled();
  const names = Object.keys(TARGETS) as TargetName[];
  const answers = await Promise.all(
    names.map(async (name) => {
      const { url, ...call }: Target = TARGETS[name];
      return isSuccess(await pod.get(url, call));
    }),
  );
  return names.filter((_, index) => answers[index]);
}
