// A Sidecar without a selector in a root namespace governs the pods of every namespace that has none of its own. No intent may write one.
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../../domain/egress-intent/intent.ts';
import { mayBeRootNamespace } from '../../domain/istio/visibility.ts';
import { isEmpty } from '../../domain/labels.ts';

/** True for an intent that would, or may, restrict the whole mesh. */
const governsMesh = ({ mode, selector }: Intent, { namespace, mesh }: Snapshot): boolean =>
  mode === 'Enforce' && isEmpty(selector) && mayBeRootNamespace(namespace, mesh);

/** True for an intent that restricts pods. What another one grants still counts for pods that an enforced one selects. */
export const isEnforced = (intent: Intent, snapshot: Snapshot): boolean =>
  intent.mode === 'Enforce' && !governsMesh(intent, snapshot);

export const rootNamespaceDiagnostics = (snapshot: Snapshot): readonly Diagnostic[] =>
  snapshot.intents
    .filter((intent) => governsMesh(intent, snapshot))
    .map(({ name }) => ({ code: 'RootNamespaceDefault', intent: name, namespace: snapshot.namespace }));
