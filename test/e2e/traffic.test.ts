// Calls without pause through every edit of the story: no call fails that is allowed before and after an edit, and none
// succeeds that is blocked before and after it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Controller } from '../../src/controller/controller.ts';
import { realParts } from '../kits/control-plane/real-parts.ts';
import type { KubeObject } from '../support/cluster.ts';
import { runningController } from '../support/controller.ts';
import { untilCondition } from '../support/intent-status.ts';
import { controllerKubeconfig } from '../support/shipped-mesh.ts';
import * as story from '../support/story.ts';
import type { Loop } from '../kits/mesh/loop.ts';
import type { Mesh } from '../kits/mesh/mesh.ts';
import type { Pod } from '../kits/mesh/pods.ts';
import { ensureMeshParts } from '../kits/mesh/prerequisites.ts';
import { PLACES, startStoryMesh } from './story-mesh.ts';

const GREEN = PLACES.green;
const BLUE = PLACES.blue;
const GOOGLE = [PLACES['google http'], PLACES['google tls']];
const EVIL = [PLACES['evil http'], PLACES['evil tls']];

/** The number of answered and blocked calls of a loop, by URL. */
async function tally(
  loop: Loop,
): Promise<Readonly<Record<string, { readonly answered: number; readonly blocked: number }>>> {
  const calls = Map.groupBy(await loop.stop(), ({ url }) => url);
  return Object.fromEntries(
    [...calls].map(([url, records]) => {
      const answered = records.filter(
        ({ answer }) => answer.kind === 'answered' && answer.status === 200,
      ).length;
      return [url, { answered, blocked: records.length - answered }];
    }),
  );
}

describe.runIf(await realParts(ensureMeshParts({ mayInstall: true })))('calls without pause', () => {
  let mesh: Mesh;
  let controller: Controller;
  let red: Pod;

  const edit = async (object: KubeObject): Promise<void> => {
    await mesh.cluster.apply(object);
    await untilCondition(mesh.cluster, { intent: object.metadata.name, is: 'True/Ready' });
    await mesh.settled();
  };

  beforeAll(async () => {
    ({ mesh, red } = await startStoryMesh());
    await mesh.cluster.apply(story.platformEntry());
    controller = await runningController(controllerKubeconfig(mesh));
    await edit(story.appIntent([story.GREEN]));
  });

  afterAll(async () => {
    await controller.stop();
    await mesh.stop();
  });

  test.each([
    { connections: 'new', keepAlive: false },
    { connections: 'kept-alive', keepAlive: true },
  ])(
    'change their outcome only by an edit that concerns them, on $connections connections',
    async ({ keepAlive }) => {
      const always = await red.loop([GREEN], { keepAlive });
      const never = await red.loop(EVIL, { keepAlive });

      await edit(story.appIntent([story.GREEN, story.BLUE_SVC]));
      const blue = await red.loop([BLUE], { keepAlive });
      await edit(story.appIntent([story.GREEN, story.BLUE_SVC, story.GOOGLE]));
      const google = await red.loop(GOOGLE, { keepAlive });
      await edit(story.appIntent([story.GREEN, story.BLUE_SVC, story.GOOGLE, story.REGISTERED]));
      await edit(story.intent([story.GREEN], { name: 'default' }));
      // A scope of two labels above the existing one: the controller creates that Sidecar again under another name.
      await edit(story.intent([story.BLUE_SVC], { name: 'by-name', selector: { name: 'nginx-red-1' } }));
      await edit(story.appIntent([story.GREEN, story.GOOGLE]));
      await mesh.setOutboundTrafficPolicy('ALLOW_ANY');
      await mesh.settled();
      await edit(story.intent([story.GREEN, story.GOOGLE], { name: 'default' }));
      await mesh.setOutboundTrafficPolicy('REGISTRY_ONLY');
      const blueCalls = await tally(blue); // by-name is the last intent that grants blue, and is deleted next
      for (const name of ['by-name', 'default']) await mesh.cluster.remove(story.intentRef(name));
      await mesh.settled();
      const calls = {
        ...blueCalls,
        ...(await tally(google)),
        ...(await tally(always)),
        ...(await tally(never)),
      };

      const noFailure = { answered: expect.any(Number), blocked: 0 };
      const noSuccess = { answered: 0, blocked: expect.any(Number) };
      expect(calls).toEqual({
        [GREEN]: noFailure,
        [BLUE]: noFailure,
        ...Object.fromEntries(GOOGLE.map((url) => [url, noFailure])),
        ...Object.fromEntries(EVIL.map((url) => [url, noSuccess])),
      });
      for (const [url, { answered, blocked }] of Object.entries(calls)) {
        expect({ url, enough: answered + blocked > 100 }).toEqual({ url, enough: true });
      }
      await edit(story.appIntent([story.GREEN]));
    },
  );
});
