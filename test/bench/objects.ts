// The objects of the bench: namespaces of intents, one Sidecar for each, which grant Services of a shared namespace.
import type { KubeObject } from '../support/cluster.ts';
import { namespaceObject, podObject, serviceObject } from '../support/story.ts';

export const SHOP = 'shop';
const SERVICES = 40;

export const shopObjects: readonly KubeObject[] = [
  namespaceObject('istio-system'),
  namespaceObject(SHOP),
  ...Array.from({ length: SERVICES }, (_, index) => serviceObject(`svc-${index}`, SHOP)),
];

const service = (index: number): object => ({
  service: { name: `svc-${index % SERVICES}`, namespace: SHOP },
});

/** The intent `app-INDEX`: three Services, and `extra` ones after them. */
export const benchIntent = (namespace: string, index: number, extra: readonly object[] = []): KubeObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: `app-${index}`, namespace },
  spec: {
    workloadSelector: { matchLabels: { app: `app-${index}` } },
    allow: [service(index), service(index + 1), service(index + 2), ...extra],
  },
});

/** An entry that the intent has not, another one for each round. */
export const addedService = (index: number, round: number): object => service(index + 3 + (round % 30));

export const hostOf = (index: number, round: number): string =>
  `${SHOP}/svc-${(index + 3 + (round % 30)) % SERVICES}.${SHOP}.svc.cluster.local`;

/** A namespace with `intents` intents, and `podsEach` pods for each. */
export function benchNamespace(
  name: string,
  intents: number,
  podsEach: number,
): { readonly around: readonly KubeObject[]; readonly intents: readonly KubeObject[] } {
  const indexes = Array.from({ length: intents }, (_, index) => index);
  return {
    around: [
      namespaceObject(name),
      ...indexes.flatMap((index) =>
        Array.from({ length: podsEach }, (_, pod) =>
          podObject(`app-${index}-${pod}`, name, { app: `app-${index}`, pod: String(pod) }),
        ),
      ),
    ],
    intents: indexes.map((index) => benchIntent(name, index)),
  };
}
