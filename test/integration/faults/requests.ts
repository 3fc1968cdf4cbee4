// Faults of the requests between the controller and the API server, which the fault proxy makes.
import { HttpMethod } from '@kubernetes/client-node';
import { statusObject, type Fault, type ProxiedRequest } from '../../kits/fault-proxy/fault.ts';
import type { Begun, Stage } from './stage.ts';

const every = (): boolean => true;
export const isWatch = ({ query }: ProxiedRequest): boolean => query.includes('watch=true');
const isList = ({ method, path, query }: ProxiedRequest): boolean =>
  method === 'GET' && !query.includes('watch=true') && query.includes('limit=') && path !== '';

/** A fault of the requests from now on. Watches that are open break, so that they are requests too. */
export const proxied =
  (fault: Fault, when: (request: ProxiedRequest) => boolean = every) =>
  async ({ proxy }: Pick<Stage, 'proxy'>): Promise<Begun> => {
    const injected = proxy.inject({ when, fault });
    proxy.endOpen('reset');
    return {
      cure: injected.remove,
      expectFelt: () => {
        if (injected.hits() < 10) throw new Error(`the fault was felt ${injected.hits()} times`);
      },
    };
  };

export const EXPIRED = { type: 'ERROR', object: statusObject(410) };
/** No request is sent again before its time. */
export async function withRetryAfter({ proxy }: Stage): Promise<Begun> {
  const seconds = 2;
  const before = proxy.requests().length;
  const headers = { 'retry-after': String(seconds) };
  const begun = await proxied({ kind: 'status', status: 429, headers })({ proxy });
  return {
    ...begun,
    expectAfter: () => {
      const lastRefusal = new Map<string, number>();
      for (const request of proxy.requests().slice(before)) {
        const id = `${request.method} ${request.path} ${/fieldSelector=[^&]*/.exec(request.query)?.[0] ?? ''}`;
        const waited = request.at - (lastRefusal.get(id) ?? -Infinity);
        if (waited < seconds * 1_000 - 20) throw new Error(`${id} was sent again after ${waited} ms`);
        if (request.fault === 'status') lastRefusal.set(id, request.at);
      }
    },
  };
}

/** What is on its way is never answered. The limits on waiting are shorter than the usual ones: 15 s for an answer, 90 s for a line of a watch. */
export async function withDroppedPackets(stage: Stage): Promise<Begun> {
  await stage.start({ timeoutMs: 1_000, watchIdleMs: 1_500 });
  const injected = stage.proxy.inject({ when: every, fault: { kind: 'black-hole' } });
  stage.proxy.endOpen('black-hole');
  return { cure: injected.remove };
}

export async function withSlowLists(stage: Stage): Promise<Begun> {
  await stage.stopController();
  const before = stage.proxy.requests().length;
  const injected = stage.proxy.inject({ when: isList, fault: { kind: 'delay', ms: 2_500 } });
  await stage.start({ inBackground: true });
  return {
    cure: injected.remove,
    expectFelt: () => {
      const writes = stage.proxy
        .requests()
        .slice(before)
        .filter(({ method }) => method !== 'GET');
      if (writes.length > 0) throw new Error('it writes before it has read everything');
    },
  };
}

const ARCHIVE = 'archive';
const PAGE = 500;
const ENTRIES = '/apis/networking.istio.io/v1/namespaces/archive/serviceentries';

const isContinued = ({ query }: ProxiedRequest): boolean => query.includes('continue=');

/** So many foreign ServiceEntries that those of the namespace of the test are in the second page of a list. */
export async function withExpiredContinue({ cluster, proxy }: Stage): Promise<Begun> {
  const metadata = { name: ARCHIVE };
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
  const create = (number: number): Promise<unknown> =>
    cluster.send(HttpMethod.POST, ENTRIES, {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name: `host-${number}` },
      spec: {
        hosts: [`host-${number}.example.com`],
        exportTo: ['.'],
        ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
        resolution: 'DNS',
      },
    });
  for (let first = 0; first <= PAGE; first += 20)
    await Promise.all(Array.from({ length: 20 }, (_, index) => create(first + index)));
  const expired = proxy.inject({ when: isContinued, fault: { kind: 'status', status: 410 } });
  const relisting = proxy.inject({ when: isWatch, times: 40, fault: { kind: 'status', status: 410 } });
  proxy.endOpen('reset');
  return {
    cure: () => {
      expired.remove();
      relisting.remove();
    },
    expectFelt: () => {
      if (expired.hits() === 0) throw new Error('no list was continued');
    },
    expectAfter: async () => void (await cluster.send(HttpMethod.DELETE, ENTRIES)),
  };
}
