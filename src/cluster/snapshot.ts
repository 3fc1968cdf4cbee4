// One namespace and everything that affects it, at one moment: the input of the compiler.
import type { Intent, InvalidIntent } from '../domain/egress-intent/intent.ts';
import type { CustomResourceDefinition } from '../domain/kinds/custom-resource-definition.ts';
import type { Mesh } from '../domain/kinds/mesh-config.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveServiceEntry } from '../domain/kinds/service-entry.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { EffectiveSettings } from '../domain/settings.ts';
import type { RecordingCluster } from './lookup-recorder.ts';
import type { Run } from './memo/memo.ts';

/** Lists are in order of name. */
export type Snapshot = {
  readonly namespace: string;
  /** Nothing of ours in it may change. */
  readonly isPaused: boolean;
  /** The value of its annotation for a pause, where it is neither true nor false. */
  readonly unknownPause: string | undefined;
  /** Nothing new can be created in it, and Kubernetes deletes what it holds. */
  readonly isTerminating: boolean;
  readonly settings: EffectiveSettings;
  readonly mesh: Mesh;
  /** That of EgressIntent. `undefined` where it does not exist, or is not in the files. */
  readonly definition: CustomResourceDefinition | undefined;
  readonly intents: readonly Intent[];
  /** For what is computed for one intent: the list counts as a whole. */
  readonly intentNamed: (name: string) => Intent | undefined;
  readonly invalid: readonly InvalidIntent[];
  readonly pods: readonly Pod[];
  readonly sidecars: readonly LiveSidecar[];
  readonly serviceEntries: readonly LiveServiceEntry[];
  /** The rest of the cluster, as far as istiod discovers it; it records what is read. */
  readonly cluster: RecordingCluster;
  /** What is computed from the snapshot may be remembered here for the next one of the namespace. */
  readonly run: Run;
};
