// The story with real parts: intents in, HTTP codes out. Each test is a row of the promise; `red` is the app that the intents
// are about, and every answer comes through its Envoy.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, refOf, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { conditionsOf, untilCondition } from '../support/intent-status.ts';
import * as story from '../support/story.ts';
import type { Mesh, OutboundTrafficPolicy } from '../kits/mesh/mesh.ts';
import type { Pod } from '../kits/mesh/pods.ts';
import { ensureMeshParts } from '../kits/mesh/prerequisites.ts';
import { isOpen, PLACES, startStoryMesh, type Place, type StoryMesh } from './story-mesh.ts';

describe.runIf(await realParts(ensureMeshParts({ mayInstall: true })))(
  'the red, green and blue story',
  () => {
    let mesh: Mesh;
    let controller: Controller;
    let red: Pod;
    let other: Pod;
    let callsOf: StoryMesh['callsOf'];

    const openTo = async (pod: Pod): Promise<readonly Place[]> =>
      (await callsOf(pod)).filter(({ answer }) => isOpen(answer)).map(({ place }) => place);
    const say = async (object: KubeObject, is = 'True/Ready'): Promise<KubeObject> => {
      await mesh.cluster.apply(object);
      return untilCondition(mesh.cluster, { intent: object.metadata.name, is });
    };
    const generated = (): Promise<readonly KubeObject[]> => mesh.cluster.list(story.GENERATED.sidecars);

    beforeAll(async () => {
      ({ mesh, red, other, callsOf } = await startStoryMesh());
      controller = await runningController(mesh.kubernetes.kubeconfig);
    });

    afterEach(async () => {
      for (const intent of await mesh.cluster.list({ ...story.intentRef() })) {
        await mesh.cluster.remove(story.intentRef(intent.metadata.name));
      }
      await mesh.cluster.remove(refOf(story.platformEntry()));
      await eventually(async () => expect(await generated()).toEqual([]));
    });

    afterAll(async () => {
      await controller.stop();
      await mesh.stop();
    });

    const IN_MESH: readonly Place[] = ['green', 'blue', 'blue 2'];

    test('1: without an intent the mesh default rules', async () => {
      expect(await openTo(red)).toEqual(IN_MESH);
    });

    const policies: readonly OutboundTrafficPolicy[] = ['REGISTRY_ONLY', 'ALLOW_ANY'];

    describe.each(policies)('with the mesh default %s', (policy) => {
      beforeAll(() => mesh.setOutboundTrafficPolicy(policy));
      afterAll(() => mesh.setOutboundTrafficPolicy('REGISTRY_ONLY'));

      test('2: an empty list closes everything, but DNS over TCP goes on', async () => {
        await say(story.appIntent([]));
        expect(await openTo(red)).toEqual([]);
        expect(await red.dnsOverTcp('www.google.com')).toEqual([expect.stringMatching(/^198\.51\.100\./)]);
      });

      test('3: a namespace and then a service open just that', async () => {
        await say(story.appIntent([story.GREEN]));
        expect(await openTo(red)).toEqual(['green']);
        await say(story.appIntent([story.GREEN, story.BLUE_SVC]));
        expect(await openTo(red)).toEqual(['green', 'blue']);
      });

      test('4: a host answers on its two ports, with its own certificate, and lends its name and address to nobody', async () => {
        await say(story.appIntent([story.GOOGLE]));
        expect(await openTo(red)).toEqual(['google http', 'google tls']);
        expect(await red.get(PLACES['google tls'])).toMatchObject({ certificate: 'www.google.com' });
        const spoofs = await Promise.all([
          red.get(PLACES['google http'], { host: 'evil.com' }),
          red.get(PLACES['google tls'], { sni: 'evil.com' }),
          red.get(PLACES['evil http'], { connectTo: 'www.google.com:80' }),
          red.get(PLACES['evil tls'], { connectTo: 'www.google.com:443' }),
        ]);
        expect(spoofs.map(isOpen)).toEqual([false, false, false, false]);
        // The name of an allowed host leads to that host, whatever address the client dials.
        expect(await red.get(PLACES['google tls'], { connectTo: 'evil.com:443' })).toMatchObject({
          certificate: 'www.google.com',
        });
      });

      test("5: the platform team's entry opens by reference only, and says so when it is not exported", async () => {
        await mesh.cluster.apply(story.platformEntry());
        await say(story.appIntent([]));
        expect(await openTo(red)).toEqual([]);
        await say(story.appIntent([story.REGISTERED]));
        expect(await openTo(red)).toEqual(['api http', 'api tls']);
        await mesh.cluster.apply(story.platformEntry(['blue']));
        const told = await untilCondition(mesh.cluster, {
          condition: 'ResolvedRefs',
          is: 'False/NotExported',
        });
        expect(conditionsOf(told).find(({ type }) => type === 'ResolvedRefs')?.message).toContain(
          'entries/api-example-com',
        );
        expect(await openTo(red)).toEqual([]);
      });
    });

    test('7: a pod that the selector does not match goes on as before', async () => {
      const before = await openTo(other);
      await say(story.appIntent([story.GREEN]));
      expect(await openTo(red)).toEqual(['green']);
      expect(await openTo(other)).toEqual(before);
    });

    test('7: Istio shows a host of one intent to pods of the namespace that nothing closes; a default closes them', async () => {
      await say(story.appIntent([story.GOOGLE]));
      expect(await openTo(other)).toEqual([...IN_MESH, 'google http', 'google tls']);
      await say(story.intent([story.GREEN], { name: 'default' }));
      expect(await openTo(other)).toEqual(['green']);
    });

    test('8: the app has its own list and the namespace default, the other pod the default only', async () => {
      await say(story.intent([story.GREEN], { name: 'default' }));
      await say(story.appIntent([story.BLUE_SVC]));
      expect(await openTo(red)).toEqual(['green', 'blue']);
      expect(await openTo(other)).toEqual(['green']);
    });

    describe('9: a pod with two labels that two intents match has both lists', () => {
      const byName = story.intent([story.BLUE_SVC], { name: 'by-name', selector: { name: 'nginx-red-1' } });
      const alone = { name: 'lone', namespace: 'red', labels: { app: 'nginx-red-1' } } as const;

      test('when the intents come after the pod', async () => {
        await say(story.appIntent([story.GREEN]));
        await say(byName);
        expect(await openTo(red)).toEqual(['green', 'blue']);
      });

      test('when the pod comes after the intents', async () => {
        await red.relabel({ app: 'other' });
        await say(story.appIntent([story.GREEN]), 'Unknown/NoPods');
        await say(byName, 'Unknown/NoPods');
        const single = await mesh.addPod(alone);
        await untilCondition(mesh.cluster, { is: 'True/Ready' });
        expect(await openTo(single)).toEqual(['green']);
        await red.relabel({ app: 'nginx-red-1', name: 'nginx-red-1' });
        await untilCondition(mesh.cluster, { intent: 'by-name', is: 'True/Ready' });
        expect(await openTo(red)).toEqual(['green', 'blue']);
        expect(await openTo(single)).toEqual(['green']);
        await single.remove();
      });
    });

    test('10: Audit closes nothing, writes nothing, and says what it would write', async () => {
      const before = await openTo(red);
      const told = await say(story.appIntent([story.GREEN, story.GOOGLE], 'Audit'), 'False/Audit');
      expect(conditionsOf(told).find(({ type }) => type === 'Programmed')).toMatchObject({
        status: 'False',
        reason: 'Audit',
        message: expect.stringContaining(
          'green/*, kube-system/kube-dns.kube-system.svc.cluster.local, red/www.google.com',
        ),
      });
      expect(await generated()).toEqual([]);
      expect(await mesh.cluster.list(story.GENERATED.serviceEntries)).toEqual([]);
      expect(await openTo(red)).toEqual(before);
    });

    test('12: when the intent is deleted, all is as before it', async () => {
      await say(story.appIntent([story.GOOGLE]));
      expect(await openTo(red)).toEqual(['google http', 'google tls']);
      await mesh.cluster.remove(story.intentRef());
      await eventually(async () => {
        expect(await generated()).toEqual([]);
        expect(await mesh.cluster.list(story.GENERATED.serviceEntries)).toEqual([]);
      });
      expect(await openTo(red)).toEqual(IN_MESH);
    });
  },
);
