// How many pods are restricted, and how many should be and are not: by what is in the cluster now, whatever is planned.
import type { Intent, InvalidIntent } from '../domain/egress-intent/intent.ts';
import { inPrecedence } from '../domain/istio/sidecar-precedence.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import { labelsKey, type Labels } from '../domain/labels.ts';
import { selectorIndex } from '../domain/selectors/selector-index.ts';

/** Each pod that a valid intent in mode Enforce selects is in one of them. docs/metrics.md says what they mean. */
export const POD_STATES = ['restricted', 'bypassed', 'shadowed', 'unrestricted'] as const;

export type PodState = (typeof POD_STATES)[number];

/** Pods by state. */
export type PodStates = Readonly<Record<PodState, number>>;

type PodsOfNamespace = {
  readonly intents: readonly (Intent | InvalidIntent)[];
  readonly pods: readonly Pod[];
  readonly sidecars: readonly LiveSidecar[];
  /** False if istiod ignores the namespace. */
  readonly isDiscovered: boolean;
};

export function podStates({ intents, pods, sidecars, isDiscovered }: PodsOfNamespace): PodStates {
  const enforced = intents.filter((intent) => intent.kind === 'valid' && intent.mode === 'Enforce');
  const counts = { restricted: 0, bypassed: 0, shadowed: 0, unrestricted: 0 };
  if (enforced.length === 0) return counts;
  const selecting = selectorIndex(enforced, (intent) => (intent.kind === 'valid' ? intent.selector : {}));
  const stateOf = stateByLabels(isDiscovered ? sidecars : []);
  for (const group of Map.groupBy(pods, ({ labels }) => labelsKey(labels)).values()) {
    const labels = group[0]?.labels ?? {};
    if (selecting.within(labels).length === 0) continue;
    const state = stateOf(labels);
    for (const pod of group) counts[isCaptured(pod) ? state : 'bypassed'] += 1;
  }
  return counts;
}

/** The state of pods whose proxies see all of their calls, by the Sidecar that governs them. */
function stateByLabels(sidecars: readonly LiveSidecar[]): (labels: Labels) => PodState {
  const index = selectorIndex(sidecars, ({ selector = {} }) => selector);
  return (labels) => {
    const [governing] = index.within(labels).toSorted(inPrecedence);
    if (governing === undefined) return 'unrestricted';
    return governing.managed ? 'restricted' : 'shadowed';
  };
}

const isCaptured = ({ dataPlane, bypasses, unintercepted }: Pod): boolean =>
  (dataPlane === 'sidecar' || dataPlane === 'unknown') &&
  bypasses.length === 0 &&
  unintercepted === undefined;
