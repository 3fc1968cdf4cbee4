// Leader election by a Lease, with short times: who takes it when, and what a holder notices.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startElection, type Election } from '../../../src/kubernetes/leader/election.ts';
import { fenced } from '../../../src/kubernetes/leader/fence.ts';
import { leaseClient, microTime } from '../../../src/kubernetes/leader/lease.ts';
import { connect as connectTransport, type Transport } from '../../../src/kubernetes/transport.ts';
import { startApiServer, type ApiServer } from '../../kits/api-server/server.ts';
import { startFaultProxy, type FaultProxy } from '../../kits/fault-proxy/proxy.ts';
import { connect, eventually, type Cluster, type KubeObject } from '../../support/cluster.ts';
import { namespaceObject } from '../../support/story.ts';

const TIMES = { leaseDuration: 2_000, renewDeadline: 1_300, retryPeriod: 200 };
const NAME = { namespace: 'home', name: 'leader' };
const REF = { apiVersion: 'coordination.k8s.io/v1', plural: 'leases', ...NAME };

let server: ApiServer;
let proxy: FaultProxy;
let cluster: Cluster;
const transports: Transport[] = [];
const elections: Election[] = [];

beforeEach(async () => {
  server = await startApiServer();
  proxy = await startFaultProxy({ kubeconfig: server.kubeconfig });
  cluster = connect(server.kubeconfig);
  await cluster.apply(namespaceObject('home'));
});
afterEach(async () => {
  await Promise.all(elections.splice(0).map((election) => election.release()));
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  await cluster.close();
  await proxy.stop();
  await server.stop();
});

type Candidate = {
  readonly election: Election;
  readonly transport: Transport;
  readonly lost: string[];
  /** When it was elected, by the monotonic clock. */
  readonly electedAt: Promise<number>;
};

function candidate(identity: string, kubeconfig: string = server.kubeconfig): Candidate {
  const transport = connectTransport({
    userAgent: identity,
    load: (kube) => kube.loadFromString(kubeconfig),
  });
  transports.push(transport);
  const lost: string[] = [];
  const { promise: electedAt, resolve } = Promise.withResolvers<number>();
  const election = startElection({
    lease: leaseClient(transport, NAME),
    identity,
    times: TIMES,
    onElected: () => resolve(performance.now()),
    onLost: (why) => lost.push(why),
    onError: () => undefined,
  });
  elections.push(election);
  return { election, transport, lost, electedAt };
}

type LeaseObject = KubeObject & { readonly spec: Readonly<Record<string, string | number>> };
const lease = async (): Promise<LeaseObject['spec']> => ((await cluster.get(REF)) as LeaseObject).spec;

/** A renewal by another holder, whose clock jumps. */
const renewedBySomebody = (version?: string): Promise<KubeObject> =>
  cluster.replace({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...NAME, ...(version === undefined ? {} : { resourceVersion: version }) },
    spec: {
      holderIdentity: 'somebody',
      leaseDurationSeconds: 3,
      renewTime: `2020-01-01T00:00:0${Math.floor(Math.random() * 10)}.000000Z`,
    },
  });

test('a MicroTime has six digits after the second', () => {
  vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05.006Z'), toFake: ['Date'] });
  expect(microTime()).toBe('2026-01-02T03:04:05.006000Z');
  vi.useRealTimers();
});

describe('a Lease', () => {
  test('is created by the first, and renewed', async () => {
    const { electedAt, election } = candidate('a');
    await electedAt;
    const first = await lease();
    expect(first).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 2, leaseTransitions: 0 });
    await eventually(async () => expect((await lease())['renewTime']).not.toBe(first['renewTime']));
    expect((await lease())['acquireTime']).toBe(first['acquireTime']);
    expect(election.leads()).toBe(true);
    expect(election.writableForMs()).toBeGreaterThan(TIMES.leaseDuration - TIMES.renewDeadline);
  });

  test('that is given back goes to the other at once', async () => {
    const a = candidate('a');
    await a.electedAt;
    const b = candidate('b');
    await sleep(300);
    expect(b.election.leads()).toBe(false);
    const released = performance.now();
    await a.election.release();
    expect((await b.electedAt) - released).toBeLessThan(500);
    expect(a.lost).toEqual([]);
    expect(await lease()).toMatchObject({
      holderIdentity: 'b',
      leaseTransitions: 1,
      leaseDurationSeconds: 2,
    });
  });

  test('of a holder that is gone goes to the other once it has not seen a renewal for its duration', async () => {
    await cluster.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: NAME,
      // A clock that is an hour ahead or behind decides nothing.
      spec: { holderIdentity: 'gone', leaseDurationSeconds: 1, renewTime: '2020-01-01T00:00:00.000000Z' },
    });
    const started = performance.now();
    const waited = (await candidate('b').electedAt) - started;
    expect(waited).toBeGreaterThanOrEqual(999);
    expect(waited).toBeLessThan(1_500);
  });

  test('stays with a holder that renews, whatever its clock says', async () => {
    let { resourceVersion } = (await renewedBySomebody()).metadata;
    const { election } = candidate('b');
    for (let renewal = 0; renewal < 5; renewal += 1) {
      await sleep(800);
      ({ resourceVersion } = (await renewedBySomebody(resourceVersion)).metadata);
      expect(election.leads()).toBe(false);
    }
  });

  test('is held by one of several that start at once', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => candidate(name));
    await Promise.race(all.map(({ electedAt }) => electedAt));
    await sleep(500);
    expect(all.filter(({ election }) => election.leads())).toHaveLength(1);
  });
});

describe('a holder', () => {
  test('that cannot renew gives up before another one leads, and writes nothing more', async () => {
    const a = candidate('a', proxy.kubeconfig);
    await a.electedAt;
    const b = candidate('b');
    proxy.inject({ when: () => true, fault: { kind: 'black-hole' } });
    await eventually(() => expect(a.lost).toHaveLength(1));
    const lostAt = performance.now();
    expect(b.election.leads()).toBe(false);
    expect(a.election.writableForMs()).toBe(0);
    expect(await b.electedAt).toBeGreaterThan(lostAt);
  });

  test('that stood still notices before its next request, also where no timer has run yet', async () => {
    const a = candidate('a', proxy.kubeconfig);
    await a.electedAt;
    const write = (): ReturnType<Transport['request']> =>
      fenced(a.transport, a.election).request({ method: 'GET', path: '/api/v1/namespaces/home' });
    expect(await write()).toMatchObject({ ok: true });
    const before = proxy.requests().length;
    const until = performance.now() + TIMES.renewDeadline + 50;
    while (performance.now() < until); // no callback runs meanwhile
    expect(await write()).toMatchObject({ ok: false, error: { kind: 'notLeader' } });
    expect(a.lost).toHaveLength(1);
    expect(proxy.requests().slice(before)).toEqual([]);
  });

  test('sends nothing once it is closed, but renews until it gives the Lease back', async () => {
    const a = candidate('a');
    await a.electedAt;
    a.election.close();
    const answer = await fenced(a.transport, a.election).request({ method: 'GET', path: '/api' });
    expect(answer).toMatchObject({ ok: false, error: { kind: 'notLeader' } });
    const { renewTime } = await lease();
    await eventually(async () => expect((await lease())['renewTime']).not.toBe(renewTime));
    await a.election.release();
    expect(await lease()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  });

  test('goes on after a renewal whose answer was lost', async () => {
    const a = candidate('a', proxy.kubeconfig);
    await a.electedAt;
    const fault = proxy.inject({
      when: ({ method }) => method === 'PUT',
      fault: { kind: 'reset-after-forward' },
      times: 1,
    });
    await eventually(() => expect(fault.hits()).toBe(1));
    await sleep(TIMES.renewDeadline);
    expect(a.lost).toEqual([]);
    expect(a.election.leads()).toBe(true);
  });

  test('ends when somebody else has taken or deleted its Lease', async () => {
    for (const take of [
      async () => {
        const live = await cluster.get(REF);
        if (live !== undefined)
          await cluster.replace({ ...live, spec: { holderIdentity: 'thief', leaseDurationSeconds: 1 } });
      },
      () => cluster.remove(REF),
    ]) {
      const a = candidate('a');
      await a.electedAt;
      await take();
      await eventually(() => expect(a.lost).toHaveLength(1));
      expect(a.election.leads()).toBe(false);
    }
  });
});
