// The story on a mesh of real parts: intents in, HTTP status codes out. `red` is the app that the intents select; every
// response passes its Envoy. The numbers in the titles are those of the product's requirements.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import { eventually, refOf, type KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { conditionsOf, untilCondition } from '../support/intent-status.ts';
import { controllerKubeconfig } from '../support/shipped-mesh.ts';
import * as story from '../support/story.ts';
import type { Mesh, OutboundTrafficPolicy } from '../kits/mesh/mesh.ts';
import type { Pod } from '../kits/mesh/pods.ts';
import { ensureMeshParts } from '../kits/mesh/prerequisites.ts';
import { isSuccess, PLACES, startStoryMesh, type Place, type StoryMesh } from './story-mesh.ts';

describe.runIf(await realParts(ensureMeshParts({ mayInstall: true })))('the story', () => {
  let mesh: Mesh;
  let controller: Controller;
  let red: Pod;
  let secondRed: Pod;
  let callsOf: StoryMesh['callsOf'];

  const reachableFrom = async (pod: Pod): Promise<readonly Place[]> =>
    (await callsOf(pod)).filter(({ answer }) => isSuccess(answer)).map(({ place }) => place);
  const applyIntent = async (object: KubeObject, is = 'True/Ready'): Promise<KubeObject> => {
    await mesh.cluster.apply(object);
    return untilCondition(mesh.cluster, { intent: object.metadata.name, is });
  };
  const generated = (): Promise<readonly KubeObject[]> => mesh.cluster.list(story.GENERATED.sidecars);

  beforeAll(async () => {
    ({ mesh, red, secondRed, callsOf } = await startStoryMesh());
    controller = await runningController(controllerKubeconfig(mesh));
  });

  afterEach(async () => {
    for (const { metadata } of await mesh.cluster.list(story.intentRef())) {
      await mesh.cluster.remove(story.intentRef(metadata.name));
    }
    await mesh.cluster.remove(refOf(story.platformEntry()));
    await eventually(async () => expect(await generated()).toEqual([]));
  });

  afterAll(async () => {
    await controller.stop();
    await mesh.stop();
  });

  const IN_MESH: readonly Place[] = ['green', 'blue', 'blue 2'];

  test('1: without an intent the mesh default applies', async () => {
    expect(await reachableFrom(red)).toEqual(IN_MESH);
  });

  const policies: readonly OutboundTrafficPolicy[] = ['REGISTRY_ONLY', 'ALLOW_ANY'];

  describe.each(policies)('with the mesh default %s', (policy) => {
    beforeAll(() => mesh.setOutboundTrafficPolicy(policy));
    afterAll(() => mesh.setOutboundTrafficPolicy('REGISTRY_ONLY'));

    test('2: an empty list blocks every call except DNS over TCP', async () => {
      await applyIntent(story.appIntent([]));
      expect(await reachableFrom(red)).toEqual([]);
      expect(await red.dnsOverTcp('www.google.com')).toEqual([expect.stringMatching(/^198\.51\.100\./)]);
    });

    test('3: a granted namespace, and then a granted Service, are reachable and nothing else', async () => {
      await applyIntent(story.appIntent([story.GREEN]));
      expect(await reachableFrom(red)).toEqual(['green']);
      await applyIntent(story.appIntent([story.GREEN, story.BLUE_SVC]));
      expect(await reachableFrom(red)).toEqual(['green', 'blue']);
    });

    test('4: a host is reachable on its two ports, and neither its name nor its address reaches another host', async () => {
      await applyIntent(story.appIntent([story.GOOGLE]));
      expect(await reachableFrom(red)).toEqual(['google http', 'google tls']);
      expect(await red.get(PLACES['google tls'])).toMatchObject({ certificate: 'www.google.com' });
      const spoofs = await Promise.all([
        red.get(PLACES['google http'], { host: 'evil.com' }),
        red.get(PLACES['google tls'], { sni: 'evil.com' }),
        red.get(PLACES['evil http'], { connectTo: 'www.google.com:80' }),
        red.get(PLACES['evil tls'], { connectTo: 'www.google.com:443' }),
      ]);
      expect(spoofs.map(isSuccess)).toEqual([false, false, false, false]);
      // A client that names an allowed host reaches that host, whatever address it connects to.
      expect(await red.get(PLACES['google tls'], { connectTo: 'evil.com:443' })).toMatchObject({
        certificate: 'www.google.com',
      });
    });

    test('5: a ServiceEntry is reachable by reference only, and the status reports if it is not exported', async () => {
      await mesh.cluster.apply(story.platformEntry());
      await applyIntent(story.appIntent([]));
      expect(await reachableFrom(red)).toEqual([]);
      await applyIntent(story.appIntent([story.REGISTERED]));
      expect(await reachableFrom(red)).toEqual(['api http', 'api tls']);
      await mesh.cluster.apply(story.platformEntry(['blue']));
      const intent = await untilCondition(mesh.cluster, {
        condition: 'ResolvedRefs',
        is: 'False/NotExported',
      });
      expect(conditionsOf(intent).find(({ type }) => type === 'ResolvedRefs')?.message).toContain(
        'entries/api-example-com',
      );
      expect(await reachableFrom(red)).toEqual([]);
    });
  });

  test('7: a pod that no selector matches keeps its access', async () => {
    const before = await reachableFrom(secondRed);
    await applyIntent(story.appIntent([story.GREEN]));
    expect(await reachableFrom(red)).toEqual(['green']);
    expect(await reachableFrom(secondRed)).toEqual(before);
  });

  test('7: an unrestricted pod can call the host of an intent too, until a default intent restricts it', async () => {
    await applyIntent(story.appIntent([story.GOOGLE]));
    expect(await reachableFrom(secondRed)).toEqual([...IN_MESH, 'google http', 'google tls']);
    await applyIntent(story.intent([story.GREEN], { name: 'default' }));
    expect(await reachableFrom(secondRed)).toEqual(['green']);
  });

  test('8: the app gets its own intent and the default intent, the second pod only the default intent', async () => {
    await applyIntent(story.intent([story.GREEN], { name: 'default' }));
    await applyIntent(story.appIntent([story.BLUE_SVC]));
    expect(await reachableFrom(red)).toEqual(['green', 'blue']);
    expect(await reachableFrom(secondRed)).toEqual(['green']);
  });

  describe('9: a pod that two intents select gets both lists', () => {
    const byName = story.intent([story.BLUE_SVC], { name: 'by-name', selector: { name: 'nginx-red-1' } });
    const lonePod = { name: 'lone', namespace: 'red', labels: { app: 'nginx-red-1' } } as const;

    test('when the intents are applied after the pod', async () => {
      await applyIntent(story.appIntent([story.GREEN]));
      await applyIntent(byName);
      expect(await reachableFrom(red)).toEqual(['green', 'blue']);
    });

    test('when the pod is created after the intents', async () => {
      await red.relabel({ app: 'other' });
      await applyIntent(story.appIntent([story.GREEN]), 'True/NoPods');
      await applyIntent(byName, 'True/NoPods');
      const single = await mesh.addPod(lonePod);
      await untilCondition(mesh.cluster, { is: 'True/Ready' });
      expect(await reachableFrom(single)).toEqual(['green']);
      await red.relabel({ app: 'nginx-red-1', name: 'nginx-red-1' });
      await untilCondition(mesh.cluster, { intent: 'by-name', is: 'True/Ready' });
      expect(await reachableFrom(red)).toEqual(['green', 'blue']);
      expect(await reachableFrom(single)).toEqual(['green']);
      await single.remove();
    });
  });

  test('10: an Audit intent restricts nothing, writes nothing, and reports what it would write', async () => {
    const before = await reachableFrom(red);
    const intent = await applyIntent(story.appIntent([story.GREEN, story.GOOGLE], 'Audit'), 'True/Audited');
    expect(conditionsOf(intent).find(({ type }) => type === 'Programmed')).toMatchObject({
      status: 'True',
      reason: 'Audited',
      message: expect.stringContaining(
        'green/*, kube-system/kube-dns.kube-system.svc.cluster.local, red/www.google.com',
      ),
    });
    expect(await generated()).toEqual([]);
    expect(await mesh.cluster.list(story.GENERATED.serviceEntries)).toEqual([]);
    expect(await reachableFrom(red)).toEqual(before);
  });

  test('12: after the intent is deleted, access is as it was before', async () => {
    await applyIntent(story.appIntent([story.GOOGLE]));
    expect(await reachableFrom(red)).toEqual(['google http', 'google tls']);
    await mesh.cluster.remove(story.intentRef());
    await eventually(async () => {
      expect(await generated()).toEqual([]);
      expect(await mesh.cluster.list(story.GENERATED.serviceEntries)).toEqual([]);
    });
    expect(await reachableFrom(red)).toEqual(IN_MESH);
  });
});
