// The pods, Services and external hosts of the red, green and blue story on a mesh of real parts, and what its app may
// try to call. Has no intents.
import { startShippedMesh } from '../support/shipped-mesh.ts';
import * as story from '../support/story.ts';
import type { Answer } from '../kits/mesh/answer.ts';
import type { Mesh } from '../kits/mesh/mesh.ts';
import type { Pod } from '../kits/mesh/pods.ts';

/** The URLs that the app may try to call. */
export const PLACES = {
  green: 'http://nginx-green-svc.green/',
  blue: 'http://nginx-blue-svc.blue/',
  'blue 2': 'http://second-blue-svc.blue/',
  'google http': 'http://www.google.com/',
  'google tls': 'https://www.google.com/',
  'evil http': 'http://evil.com/',
  'evil tls': 'https://evil.com/',
  'api http': 'http://api.example.com/',
  'api tls': 'https://api.example.com/',
} as const;
export type Place = keyof typeof PLACES;

export const isSuccess = (answer: Answer): boolean => answer.kind === 'answered' && answer.status === 200;

/** The outcome of a call in one word: `200`, `502`, `closed`. */
export const wordOf = (answer: Answer): string =>
  answer.kind === 'answered' ? String(answer.status) : answer.how.replace('http-', '');

export type StoryMesh = {
  readonly mesh: Mesh;
  /** The app that the intents select. */
  readonly red: Pod;
  /** Another pod of its namespace. */
  readonly secondRed: Pod;
  /** Calls every place from the pod, once every Envoy has the current configuration. In the order of `PLACES`. */
  readonly callsOf: (pod: Pod) => Promise<readonly { readonly place: Place; readonly answer: Answer }[]>;
};

/** Starts the mesh with every object of the story except intents and the platform team's ServiceEntry. */
export async function startStoryMesh(): Promise<StoryMesh> {
  const mesh = await startShippedMesh();
  try {
    return { mesh, ...(await populate(mesh)) };
  } catch (error) {
    await mesh.stop();
    throw error;
  }
}

async function populate(mesh: Mesh): Promise<Omit<StoryMesh, 'mesh'>> {
  const podNamed = (name: string, namespace: string): Promise<Pod> =>
    mesh.addPod({ name, namespace, labels: { name, app: name } });
  const [red, secondRed, green, blue] = await Promise.all([
    podNamed('nginx-red-1', 'red'),
    podNamed('nginx-red-2', 'red'),
    podNamed('nginx-green-1', 'green'),
    podNamed('nginx-blue-1', 'blue'),
  ]);
  await mesh.cluster.apply(story.namespaceObject('entries'));
  await Promise.all([
    mesh.addService({ name: 'nginx-red-svc', namespace: 'red', endpoints: [red] }),
    mesh.addService({ name: 'nginx-green-svc', namespace: 'green', endpoints: [green] }),
    mesh.addService({ name: 'nginx-blue-svc', namespace: 'blue', endpoints: [blue] }),
    mesh.addService({ name: 'second-blue-svc', namespace: 'blue', endpoints: [blue] }),
    mesh.addExternal({ host: 'www.google.com' }),
    mesh.addExternal({ host: 'evil.com' }),
    mesh.addExternal({ host: 'api.example.com' }),
  ]);
  const callsOf: StoryMesh['callsOf'] = async (pod) => {
    await mesh.settled();
    const places = Object.keys(PLACES) as Place[];
    return Promise.all(places.map(async (place) => ({ place, answer: await pod.get(PLACES[place]) })));
  };
  return { red, secondRed, callsOf };
}
