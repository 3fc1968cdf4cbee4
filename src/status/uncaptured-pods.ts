// Pods whose calls, or some of them, no sidecar proxy sees, so that no Sidecar restricts them.
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
  {
    dataPlane: 'none',
    reason: 'NoSidecar',
    because: 'no Istio sidecar proxy was injected: enable injection and restart',
  },
];

export function uncapturedPods(groups: readonly GovernedPods[]): readonly Shortfall[] {
  const unrestricted = UNRESTRICTED.flatMap(({ dataPlane, reason, because }): readonly Shortfall[] => {
    const affected = groups.filter(({ pods }) => pods[0]?.dataPlane === dataPlane);
    if (affected.length === 0) return [];
    return [{ reason, text: `nothing is restricted for ${podsText(affected)}, because ${because}` }];
  });
  return [...unrestricted, ...bypassed(groups)];
}

function bypassed(groups: readonly GovernedPods[]): readonly Shortfall[] {
  const affected = groups.filter(
    ({ pods }) => pods[0]?.dataPlane === 'sidecar' || pods[0]?.dataPlane === 'unknown',
  );
  return sortedSet(affected.flatMap(bypassesOf)).map((bypass) => {
    const bypassing = affected.filter((group) => bypassesOf(group).includes(bypass));
    const text = `${podsText(bypassing)} ${byNumberOf(bypassing, 'keeps', 'keep')} calls from the sidecar proxy with the annotation ${bypass}: remove the annotation and restart`;
    return { reason: 'Bypassed', text };
  });
}

const bypassesOf = ({ pods }: GovernedPods): readonly string[] => pods[0]?.bypasses ?? [];
