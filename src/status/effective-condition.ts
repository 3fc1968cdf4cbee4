// The condition Effective: each matching pod has a sidecar proxy that gets all of its calls, the generated Sidecar governs it, and no other
// Istio object allows more than was granted.
import { isDiscovered } from '../domain/istio/discovery.ts';
import { namespaceInjection } from '../domain/istio/injection.ts';
import type { Diagnostic } from '../domain/egress-intent/diagnostics.ts';
import type { Intent } from '../domain/egress-intent/intent.ts';
import { isEmpty, labelsText } from '../domain/labels.ts';
import { UNREMEMBERED, type Remembering } from '../cluster/memo/memo.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { sortedSet } from '../domain/order.ts';
import type { UndatedCondition } from '../domain/egress-intent/status.ts';
import { governedPods, type GovernedPods } from './governing-sidecar.ts';
import { textOf, withSeverity } from './conditions.ts';
import { uncapturedPods } from './uncaptured-pods.ts';
import { ungovernedPods } from './ungoverned-pods.ts';
import { pendingObjects, standingAfter, type PlanOutcome } from './standing-sidecars.ts';
import type { Shortfall } from './shortfall.ts';
import type { Plan } from '../plan/steps.ts';
import { listText } from './list-text.ts';

type Effective = UndatedCondition<'Effective'>;

/** What was written, or failed to be. */
type Run = {
  readonly plan: Pick<Plan, 'phases' | 'sidecars' | 'withheld' | 'undeleted'>;
  readonly outcome: PlanOutcome;
};

type Cluster = Pick<
  Snapshot,
  'namespace' | 'intents' | 'intentNamed' | 'invalid' | 'pods' | 'sidecars' | 'mesh' | 'definition'
> & {
  readonly cluster: Pick<Snapshot['cluster'], 'namespaceLabels'>;
};

/** Gives the condition of a valid intent. `diagnosticsOf` takes the name of the intent. */
export function effectiveConditions(
  snapshot: Cluster,
  { plan, outcome }: Run,
  diagnosticsOf: (intent: string) => readonly Diagnostic[],
  remembering: Remembering = UNREMEMBERED,
): (intent: Intent) => Effective {
  const standing = standingAfter(snapshot, plan, outcome);
  const governed = governedPods(snapshot, plan.sidecars, standing, remembering);
  const groupsOf = remembering.grouped('pods of an intent', governed, ({ intents }) =>
    intents.map(({ name }) => name),
  );
  const pending = pendingObjects(plan, outcome);
  const { undeleted } = plan;
  const causes = { pending, known: snapshot, undeleted };
  const ignored = undiscovered(snapshot);
  const injection = namespaceInjection(snapshot.cluster.namespaceLabels(snapshot.namespace) ?? {});
  const shared = remembering.tracked('what every condition depends on', () => [
    pending.size === 0 ? 'none' : pending,
    undeleted.length === 0 ? 'none' : undeleted,
    snapshot.definition,
    ...ignored.map(({ text }) => text),
    injection,
  ]);
  return (intent) => {
    if (intent.mode === 'Audit') return AUDIT;
    return remembering.derive('Effective', intent.name, [intent.selector], () => {
      shared(); // so that the condition depends on it
      const matching = groupsOf(intent.name);
      const overrides = withSeverity(diagnosticsOf(intent.name), 'overridden');
      const shortfalls = [
        ...ignored,
        ...ungovernedPods(matching, causes),
        ...uncapturedPods(matching, injection),
        ...overridden(overrides),
      ];
      return effectiveCondition(intent, matching, shortfalls);
    });
  };
}

const AUDIT: Effective = {
  type: 'Effective',
  status: 'Unknown',
  reason: 'Audit',
  message: 'mode Audit restricts nothing, so there is no effect to check',
};

/** The reason is that of the first shortfall; the message names all of them. */
function effectiveCondition(
  intent: Intent,
  groups: readonly GovernedPods[],
  shortfalls: readonly Shortfall[],
): Effective {
  const type = 'Effective';
  const [first] = shortfalls;
  if (groups.length === 0 && first?.reason !== 'NotDiscovered') {
    const message = isEmpty(intent.selector)
      ? 'the namespace has no pods'
      : `no pod has the labels ${labelsText(intent.selector)}: start one, or correct spec.workloadSelector`;
    return { type, status: 'Unknown', reason: 'NoPods', message };
  }
  if (first === undefined)
    return { type, status: 'True', reason: 'Effective', message: effectiveText(groups) };
  return {
    type,
    status: 'False',
    reason: first.reason,
    message: listText(
      shortfalls.map(({ text }) => text),
      '; ',
    ),
    causes: shortfalls,
  };
}

function undiscovered({ namespace, cluster, mesh }: Cluster): readonly Shortfall[] {
  if (isDiscovered(cluster.namespaceLabels(namespace), mesh)) return [];
  const configs = listText(
    mesh.configs.map((config) => `ConfigMap ${config.namespace}/${config.name}`),
    ', ',
  );
  const text = `nothing is restricted, because istiod ignores every object of namespace ${namespace}: give the namespace labels that the discoverySelectors in ${configs} select`;
  return [{ reason: 'NotDiscovered', text }];
}

/** Foreign routing allows more than was granted. */
const overridden = (overrides: readonly Diagnostic[]): readonly Shortfall[] =>
  overrides.length === 0 ? [] : [{ reason: 'Overridden', text: textOf(overrides) }];

function effectiveText(groups: readonly GovernedPods[]): string {
  const overruled = sortedSet(
    groups.flatMap(({ contenders }) =>
      contenders.flatMap(({ foreign }) =>
        foreign === undefined ? [] : `Sidecar ${foreign.namespace}/${foreign.name}`,
      ),
    ),
  );
  const governed = 'every matching pod is governed by its generated Sidecar';
  return overruled.length === 0
    ? governed
    : `${governed}, which takes precedence over ${listText(overruled, ', ')}`;
}
