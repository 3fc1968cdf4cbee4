// The oracle's process: order of answers, rejected requests, how it ends, memory. What Istio decides is tested in test/istio.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realParts } from '../control-plane/real-parts.ts';
import { eventually } from '../../support/cluster.ts';
import { call, endpoints, external, proxy, service, sidecar } from './objects.ts';
import { ensureOracle, startOracle, type Oracle } from './oracle.ts';
import type { ProbeRequest } from './probe-request.ts';

const CHECKOUT = { app: 'checkout' };
const API = service('payments/api', '10.96.0.10', ['80:http']);

/** A request of ordinary size: a namespace of a few apps. */
const ORDINARY: ProbeRequest = {
  objects: [
    ...[1, 2, 3, 4, 5, 6].map((n) => service(`payments/s${n}`, `10.96.1.${n}`, ['80:http', '5432:tcp-db'])),
    service('db/headless', 'None', ['6379:tcp-cache']),
    endpoints('db/headless', ['10.44.1.1', '10.44.1.2'], { 'tcp-cache': 6379 }),
    service('kube-system/kube-dns', '10.96.0.2', ['53/UDP:dns', '53:dns-tcp']),
    external('shop', 'api.stripe.com', ['443/TLS', '80/HTTP']),
    sidecar('shop/egress', CHECKOUT, ['payments/*', 'db/*', 'shop/api.stripe.com']),
  ],
  proxies: [proxy(CHECKOUT), proxy({})],
  probes: [1, 2, 3, 4, 5].flatMap((n) => [
    call(`http 10.96.1.${n}:80 s${n}.payments`),
    call(`tcp 10.96.1.${n}:5432`),
    call(`tls 1.2.3.${n}:443 api.stripe.com`),
  ]),
};

describe.runIf(await realParts(ensureOracle()))('the oracle', () => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await startOracle();
  });
  afterAll(() => oracle.stop());

  it('answers requests that are sent without waiting, each with its own answer', async () => {
    const answers = ['a', 'b', 'c', 'd'].map((name) =>
      oracle.judge({
        objects: [sidecar(`shop/${name}`, CHECKOUT, ['./*'])],
        proxies: [proxy(CHECKOUT)],
        probes: [],
      }),
    );
    const governed = (await Promise.all(answers)).map(({ proxies }) => proxies[0]?.sidecar);
    expect(governed).toEqual(['shop/a', 'shop/b', 'shop/c', 'shop/d']);
  });

  it('gives the same answer whatever the order of the objects', async () => {
    const first = await oracle.judge({ ...ORDINARY, dump: true });
    const second = await oracle.judge({ ...ORDINARY, objects: ORDINARY.objects.toReversed(), dump: true });
    expect(second).toEqual(first);
  });

  it.each([
    ['an unknown kind', { apiVersion: 'example.io/v1', kind: 'Thing', metadata: { name: 'x' } }],
    ['a Service without a clusterIP', { ...API, spec: { ports: [{ port: 80 }] } }],
    ['a Gateway', { ...API, apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' }],
  ])('rejects %s', async (_, object) => {
    await expect(oracle.judge({ objects: [object], proxies: [], probes: [] })).rejects.toThrow('objects[0]');
  });

  it('rejects a call that cannot be made', async () => {
    const request = { objects: [], proxies: [proxy({})] };
    await expect(
      oracle.judge({ ...request, probes: [{ ...call('tcp 1.2.3.4:22'), proxy: 1 }] }),
    ).rejects.toThrow('probes[0]: there is no proxy 1');
    await expect(oracle.judge({ ...request, probes: [call('tcp api.payments:22')] })).rejects.toThrow(
      'probes[0]: address',
    );
  });

  it('rejects pending requests with the end of its log when its process dies', async () => {
    const killed = await startOracle();
    await killed.judge(ORDINARY);
    const pending = Promise.allSettled([killed.judge(ORDINARY), killed.judge(ORDINARY)]);
    process.kill(killed.pid, 'SIGABRT');
    const dead = {
      reason: { message: expect.stringMatching(/the oracle ended \(exit code 2\):[^]*goroutine/) },
    };
    expect(await pending).toMatchObject([dead, dead]);
    await expect(killed.judge(ORDINARY)).rejects.toThrow('the oracle ended');
  });

  it('rejects pending requests when it is stopped', async () => {
    const stopped = await startOracle();
    const [pending] = await Promise.allSettled([stopped.judge(ORDINARY), stopped.stop()]);
    expect(pending).toMatchObject({
      reason: { message: expect.stringContaining('the oracle ended (SIGKILL)') },
    });
  });

  it('ends with the process that started it', async () => {
    const source = pathToFileURL(join(import.meta.dirname, 'oracle.ts')).href;
    const script = `const { startOracle } = await import('${source}'); console.log((await startOracle()).pid);`;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(await stateOf(pid)).toMatch(/[RSD]/);
    parent.kill('SIGKILL');
    await eventually(async () => expect(await stateOf(pid)).toMatch(/gone|Z/));
  });

  it('does not leak memory over hundreds of requests', { timeout: 120_000 }, async () => {
    const fresh = await startOracle();
    const judge = (requests: number) =>
      Promise.all(Array.from({ length: requests }, () => fresh.judge(ORDINARY)));
    await judge(100);
    const before = await residentMiB(fresh.pid);
    await judge(400);
    const after = await residentMiB(fresh.pid);
    await fresh.stop();
    expect(after - before).toBeLessThan(100); // a request that is never freed costs at least 1.2 MiB, so a leak would add 480
  });
});

/** The state as ps shows it, or `gone`. A process whose exit code is never read remains a zombie (Z). */
async function stateOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tgone');
  return /^State:\s+(\w+)/m.exec(status)?.[1] ?? '';
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
