// A replica whose clock is wrong holds the Lease: another one waits as long as that renews, whatever times it writes, and takes it once it does not.
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpMethod } from '@kubernetes/client-node';
import type { KubeObject } from '../../support/cluster.ts';
import type { Begun, Stage } from './stage.ts';

const NAME = { namespace: 'egress-intent', name: 'egress-intent' };
const LEASE = { apiVersion: 'coordination.k8s.io/v1', plural: 'leases', ...NAME };
const PATH = `/apis/coordination.k8s.io/v1/namespaces/${NAME.namespace}/leases/${NAME.name}`;
const OTHER = 'other';

const microTimeIn = (ms: number): string => new Date(Date.now() + ms).toISOString().replace('Z', '000Z');

/** `skewMs` is how far the clock of the other replica is ahead. */
export const withClockSkew =
  (skewMs: number) =>
  async (stage: Stage): Promise<Begun> => {
    await stage.stopController();
    const { cluster, proxy } = stage;
    const renew = async (): Promise<void> => {
      const resourceVersion = (await cluster.get(LEASE))?.metadata.resourceVersion;
      const lease: KubeObject = {
        apiVersion: LEASE.apiVersion,
        kind: 'Lease',
        metadata: { ...NAME, ...(resourceVersion && { resourceVersion }) },
        spec: {
          holderIdentity: OTHER,
          leaseDurationSeconds: 2,
          leaseTransitions: 1,
          renewTime: microTimeIn(skewMs),
        },
      };
      const { status } = await cluster.send(HttpMethod.PUT, PATH, lease);
      if (status >= 300) throw new Error(`the Lease is not renewed: ${status}`);
    };
    await renew();
    const ending = new AbortController();
    const isOver = (): boolean => ending.signal.aborted;
    const renewing = (async () => {
      while (!isOver()) {
        await renew();
        await sleep(500);
      }
    })();
    const before = proxy.requests().length;
    await stage.start({ config: { leaderElection: { ...NAME, identity: 'this' } } });
    return {
      cure: async () => {
        ending.abort();
        await renewing;
      },
      expectFelt: () => {
        const writes = proxy
          .requests()
          .slice(before)
          .filter(({ method }) => method !== 'GET');
        if (writes.length > 0) throw new Error('it writes although the other one holds the Lease');
      },
      expectAfter: async () => {
        await stage.stopController();
        await cluster.remove(LEASE);
      },
    };
  };
