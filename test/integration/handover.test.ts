// Leader election on a real API server and with the shipped roles: how long nobody writes when the leader ends, and that no version of any
// object is lost, doubled or taken back. HANDOVERS=100 repeats the handovers that take long.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { ensureBinaries } from '../kits/control-plane/binaries.ts';
import type { Kubernetes } from '../kits/control-plane/kubernetes.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, type Cluster, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { startControllerProcess, type ControllerProcess } from '../support/controller-process.ts';
import { SERVICE_ACCOUNT } from '../support/deploy.ts';
import { everyVersionOf, type VersionLog } from '../support/every-version.ts';
import { untilCondition } from '../support/intent-status.ts';
import { editsIn, makeEdit, takenBack } from '../support/numbered-edits.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import * as story from '../support/story.ts';

const LEASE = { namespace: 'egress-intent', name: 'egress-intent' };
const LEASE_REF = { apiVersion: 'coordination.k8s.io/v1', plural: 'leases', ...LEASE };
const FLAGS = ['--leader-elect', '--leader-election-namespace', LEASE.namespace];

const leads = (controller: ControllerProcess): boolean => controller.log().join('\n').includes('"leading"');

const replica = (kubeconfig: string, identity: string): Promise<Controller> =>
  runningController(kubeconfig, { leaderElection: { ...LEASE, identity } });

const REPEATS = Number(process.env['HANDOVERS'] ?? 2);

describe.runIf(await realParts(ensureBinaries()))('a leader', () => {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let log: VersionLog;
  let edits = 0;
  const processes = new Set<ControllerProcess>();

  beforeAll(async () => {
    ({ kubernetes, cluster } = await startRealCluster());
  });
  afterAll(async () => {
    await cluster.close();
    await kubernetes.stop();
  });

  beforeEach(async () => {
    log = await everyVersionOf(kubernetes.kubeconfig, story.GENERATED.sidecars);
  });
  afterEach(async () => {
    for (const controller of processes) controller.kill();
    await Promise.all([...processes].map(({ ended }) => ended));
    processes.clear();
    await log.stop();
    await cluster.remove(LEASE_REF);
  });

  const kubeconfig = (): string => kubernetes.kubeconfigFor(SERVICE_ACCOUNT.name);
  const holder = async (): Promise<string> => {
    const lease: (KubeObject & { readonly spec?: { readonly holderIdentity?: string } }) | undefined =
      await cluster.get(LEASE_REF);
    return lease?.spec?.holderIdentity ?? '';
  };
  const edit = async (): Promise<number> => {
    edits += 1;
    await makeEdit(cluster, edits);
    return edits;
  };
  const written = (number: number, withinMs = 10_000): Promise<void> =>
    eventually(() => expect(editsIn(log.versions()).at(-1)).toBe(number), { withinMs, everyMs: 5 });
  const expectNothingLost = async (): Promise<void> => {
    await untilCondition(cluster, { is: 'True/Ready' });
    expect(takenBack(log.versions())).toEqual([]);
    expect(log.versions().filter(({ type }) => type === 'DELETED')).toEqual([]);
    expect(await cluster.list(story.GENERATED.sidecars)).toHaveLength(1);
  };
  const started = async (): Promise<ControllerProcess> => {
    const controller = await startControllerProcess(kubeconfig(), FLAGS);
    processes.add(controller);
    const isWaiting = (): void => expect(controller.log().join('\n')).toContain('waiting for the Lease');
    await eventually(isWaiting, { withinMs: 60_000 }); // a busy machine starts a process slowly
    return controller;
  };
  /** Two processes: the one that leads, and the other. */
  const pair = async (): Promise<readonly [ControllerProcess, ControllerProcess]> => {
    const leader = await started();
    await eventually(() => expect(leads(leader)).toBe(true));
    return [leader, await started()];
  };

  test(
    'that stops hands over to a standby, which has read everything: 100 times',
    { timeout: 180_000 },
    async () => {
      const times: number[] = [];
      let leader = await replica(kubeconfig(), '0');
      await leader.leading;
      for (let handover = 1; handover <= 100; handover += 1) {
        const standby = await replica(kubeconfig(), String(handover));
        const stopping = performance.now();
        const stopped = leader.stop();
        await written(await edit());
        times.push(performance.now() - stopping);
        await stopped;
        expect(await holder()).toBe(String(handover));
        leader = standby;
      }
      await expectNothingLost();
      await leader.stop();
      expect(Math.max(...times)).toBeLessThan(2_000);
      expect(await holder()).toBe('');
    },
  );

  test(
    'that gets SIGTERM exits with 0, and the next write comes within 2 s',
    { timeout: 300_000 },
    async () => {
      let [leader, standby] = await pair();
      await written(await edit());
      for (let handover = 0; handover < REPEATS; handover += 1) {
        const stopping = performance.now();
        leader.stop();
        await written(await edit());
        expect(performance.now() - stopping).toBeLessThan(2_000);
        expect(await leader.ended).toBe(0);
        await eventually(() => expect(leads(standby)).toBe(true));
        [leader, standby] = [standby, await started()];
      }
      await expectNothingLost();
    },
  );

  test('that gets SIGKILL leaves its work to the standby within 17 s', { timeout: 2_400_000 }, async () => {
    const times: number[] = [];
    let [leader, standby] = await pair();
    for (let handover = 0; handover < REPEATS; handover += 1) {
      await written(await edit());
      const killed = performance.now();
      leader.kill();
      await written(await edit(), 30_000);
      times.push(performance.now() - killed);
      [leader, standby] = [standby, await started()];
    }
    await expectNothingLost();
    expect(Math.max(...times)).toBeLessThan(17_000);
  });

  test(
    'that stands still loses the Lease, and writes nothing once it goes on',
    { timeout: 120_000 },
    async () => {
      const [leader, standby] = await pair();
      await written(await edit());
      await edit();
      leader.freeze();
      const number = await edit();
      await eventually(() => expect(leads(standby)).toBe(true), { withinMs: 30_000 });
      await written(number, 30_000);
      leader.thaw();
      expect(await leader.ended).toBe(1);
      expect(leader.log().join('\n')).toContain('the Lease of the leader is lost');
      await written(await edit());
      await sleep(200);
      await expectNothingLost();
    },
  );
});
