// Pods whose calls, or some of them, no sidecar proxy sees, so that no Sidecar restricts them.
import type { NamespaceInjection } from '../domain/istio/injection.ts';
import type { DataPlane } from '../domain/kinds/pod.ts';
import { sortedSet } from '../domain/order.ts';
import type { GovernedPods } from './governing-sidecar.ts';
import { byNumberOf, podsText, type Shortfall } from './shortfall.ts';

/** Each data plane that obeys no Sidecar, with the cause and the remedy. In the order in which they are told. */
const UNRESTRICTED: readonly (Pick<Shortfall, 'reason'> & {
  readonly dataPlane: DataPlane;
  readonly because: string;
})[] = [
  {
    dataPlane: 'hostNetwork',
    reason: 'HostNetwork',
    because: 'Istio injects no sidecar proxy into a pod with hostNetwork: true: run it without hostNetwork',
  },
  {
    dataPlane: 'gateway',
    reason: 'Gateway',
    because: 'Istio applies no Sidecar to a gateway: leave its pods out of spec.workloadSelector',
  },
  {
    dataPlane: 'ambient',
    reason: 'Ambient',
    because: 'ambient mode ignores Sidecar resources: use sidecar mode',
  },
];

/** Why no sidecar proxy is injected, as far as the labels of the namespace show, and the remedy. */
const NOT_INJECTED: Readonly<Record<NamespaceInjection, string>> = {
  ignored:
    'Istio injects no sidecar proxy into pods of this namespace, whatever labels they have: run them in another one',
  disabled:
    'the namespace has the label istio-injection with another value than enabled, so no Istio sidecar proxy is injected: set it to enabled, or remove it if the namespace has istio.io/rev, and restart the pods',
  asked:
    'no Istio sidecar proxy is injected although a label of the namespace asks for it: leave sidecar.istio.io/inject: "false" out of the pod template, and restart the pods',
  open: 'no Istio sidecar proxy is injected: give the namespace the label istio-injection: enabled (or istio.io/rev), leave sidecar.istio.io/inject: "false" out of the pod template, and restart the pods',
};

/** `injection` is what the namespace of the pods says of it. */
export function uncapturedPods(
  groups: readonly GovernedPods[],
  injection: NamespaceInjection,
): readonly Shortfall[] {
  const notInjected = { dataPlane: 'none', reason: 'NoSidecar', because: NOT_INJECTED[injection] } as const;
  const unrestricted = [...UNRESTRICTED, notInjected].flatMap(
    ({ dataPlane, reason, because }): readonly Shortfall[] => {
      const affected = groups.filter(({ pods }) => pods[0]?.dataPlane === dataPlane);
      if (affected.length === 0) return [];
      return [{ reason, text: `nothing is restricted for ${podsText(affected)}, because ${because}` }];
    },
  );
  return [...unrestricted, ...bypassed(groups), ...unintercepted(groups)];
}

const hasProxy = ({ pods }: GovernedPods): boolean =>
  pods[0]?.dataPlane === 'sidecar' || pods[0]?.dataPlane === 'unknown';

function bypassed(groups: readonly GovernedPods[]): readonly Shortfall[] {
  const affected = groups.filter(hasProxy);
  return sortedSet(affected.flatMap(bypassesOf)).map((bypass) => {
    const bypassing = affected.filter((group) => bypassesOf(group).includes(bypass));
    const text = `calls of ${podsText(bypassing)} bypass the sidecar proxy, and so the restriction, because of ${byNumberOf(bypassing, 'its', 'their')} annotation ${bypass}: remove it from the pod template`;
    return { reason: 'Bypassed', text };
  });
}

const bypassesOf = ({ pods }: GovernedPods): readonly string[] => pods[0]?.bypasses ?? [];

function unintercepted(groups: readonly GovernedPods[]): readonly Shortfall[] {
  const byConfig = Map.groupBy(groups.filter(hasProxy), ({ pods }) => pods[0]?.unintercepted);
  return [...byConfig].flatMap(([config, affected]): readonly Shortfall[] => {
    if (config === undefined) return [];
    const text = `every call of ${podsText(affected)} bypasses the sidecar proxy, and so the restriction, since ConfigMap ${config} has interceptionMode: NONE in defaultConfig: give the pod template the annotation sidecar.istio.io/interceptionMode: REDIRECT, or change MeshConfig and restart the pods`;
    return [{ reason: 'Bypassed', text }];
  });
}
