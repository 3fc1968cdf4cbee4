// Which Sidecar governs each pod: a generated one, a foreign one that takes precedence, or one of ours that stays as it was.
import type { Intent } from '../domain/egress-intent/intent.ts';
import { labelsKey, union, type Labels } from '../domain/labels.ts';
import { deriveEach } from '../cluster/memo/derive-each.ts';
import { UNREMEMBERED, type Remembering } from '../cluster/memo/memo.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { firstOf, nameOf } from '../cluster/memo/grouped.ts';
import { selectorIndex } from '../domain/selectors/selector-index.ts';
import type { Pod } from '../domain/kinds/pod.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { PlannedSidecar } from '../plan/steps.ts';
import { isReadByNone, REVISION } from '../domain/istio/revision.ts';
import { inPrecedence, type SidecarCandidate } from '../domain/istio/sidecar-precedence.ts';
import type { StandingSidecars } from './standing-sidecars.ts';

/** Pods that the same selectors match, with the same data plane and the same bypasses. */
export type GovernedPods = {
  readonly pods: readonly Pod[];
  /** The intents that match the pods, in order of name. */
  readonly intents: readonly Intent[];
  /** The generated Sidecar that should govern the pods; absent if no intent restricts them, or if all that do are refused. */
  readonly intended: PlannedSidecar | undefined;
  /** The Sidecar that governs the pods, and those that match them too, in Istio's precedence. Empty if no Sidecar governs them. */
  readonly contenders: readonly SidecarContender[];
};

/** A Sidecar that may govern pods: a foreign one that exists, a generated one as planned, or one of ours that stays as it was. */
export type SidecarContender = SidecarCandidate &
  (
    | { readonly foreign: LiveSidecar; readonly planned?: undefined; readonly undeleted?: undefined }
    | { readonly foreign?: undefined; readonly planned: PlannedSidecar; readonly undeleted?: undefined }
    | { readonly foreign?: undefined; readonly planned?: undefined; readonly undeleted: LiveSidecar }
  );

type Known = Pick<Snapshot, 'intents' | 'intentNamed' | 'pods' | 'sidecars' | 'mesh'>;

/** The pods that some intent matches, grouped by the labels that some selector names: no other label makes a difference. */
export function governedPods(
  { intents, intentNamed, pods, sidecars, mesh }: Known,
  planned: readonly PlannedSidecar[],
  standing: StandingSidecars,
  remembering: Remembering = UNREMEMBERED,
): readonly GovernedPods[] {
  const { tracked, grouped, derive } = remembering;
  const contending = contendersOf(readSidecars(sidecars, mesh), standing.asPlanned, standing.unchanged);
  const finders = {
    intentsFor: selectingIntents(intents, remembering),
    intendedFor: namesInPrecedence('intended Sidecars', planned, remembering),
    contendersFor: namesInPrecedence('standing Sidecars', contending, remembering),
  };
  const also = Object.values(finders);
  const groups = derive('groups of pods', '', [pods, ...also], () => groupsOf(pods, also));
  // By name, so that a group depends only on those that it has.
  const members = tracked('pods of a group', (key) => groups.get(key) ?? []);
  const named = {
    intent: intentNamed,
    planned: firstOf(grouped('planned Sidecar of a name', planned, nameOf)),
    contender: firstOf(grouped('standing Sidecar of a name', contending, nameOf)),
  };
  return deriveEach(remembering, 'governed pods', [...groups.keys()], {
    key: String,
    also,
    compute: (key) => governedGroup(members(key), finders, named),
  }).filter((group) => group !== undefined);
}

type Finders = Readonly<Record<'intentsFor' | 'intendedFor' | 'contendersFor', Finder>>;

type ByName = {
  readonly intent: (name: string) => Intent | undefined;
  readonly planned: (name: string) => PlannedSidecar | undefined;
  readonly contender: (name: string) => Contending | undefined;
};

function governedGroup(pods: readonly Pod[], finders: Finders, named: ByName): GovernedPods | undefined {
  const labels = pods[0]?.labels ?? {};
  const selecting = finders.intentsFor.names(labels);
  if (selecting.length === 0) return undefined;
  const [intended] = finders.intendedFor.names(labels);
  return {
    pods,
    intents: selecting.flatMap((name) => named.intent(name) ?? []),
    intended: intended === undefined ? undefined : named.planned(intended),
    contenders: finders.contendersFor.names(labels).flatMap((name) => {
      const contender = named.contender(name);
      return contender === undefined ? [] : asContender(contender);
    }),
  };
}

type Finder = {
  /** Of the intents that select pods with some labels, or of the Sidecars that match them in Istio's precedence. */
  readonly names: (labels: Labels) => readonly string[];
  /** The labels that make a difference. */
  readonly relevant: (labels: Labels) => Labels;
};

function selectingIntents(intents: readonly Intent[], remembering: Remembering): Finder {
  const texts = deriveEach(remembering, 'selector', intents, {
    key: ({ name }) => name,
    compute: ({ name, selector }) => `${name} ${labelsKey(selector)}`,
  });
  return remembering.derive('selecting intents', '', texts, () => {
    const selectors = intents.map(({ name, selector }) => ({ name, selector }));
    const index = selectorIndex(selectors, ({ selector }) => selector);
    const names = (labels: Labels) => index.within(labels).map(({ name }) => name);
    return { names, relevant: index.relevant };
  });
}

const groupsOf = (pods: readonly Pod[], finders: readonly Finder[]): ReadonlyMap<string, readonly Pod[]> =>
  Map.groupBy(pods, ({ dataPlane, bypasses, unintercepted, labels }) => {
    const relevant = finders.map((finder) => finder.relevant(labels)).reduce(union, {});
    return JSON.stringify([dataPlane, bypasses, unintercepted ?? null, labelsKey(relevant)]);
  });

/** The Sidecars that match pods with some labels; the first one governs the pods. */
export function contendersInPrecedence(
  { sidecars, mesh }: Pick<Snapshot, 'sidecars' | 'mesh'>,
  planned: readonly PlannedSidecar[],
  undeleted: readonly LiveSidecar[] = [],
): (labels: Labels) => readonly SidecarContender[] {
  const contending = contendersOf(readSidecars(sidecars, mesh), planned, undeleted);
  const { names } = namesInPrecedence('', contending, UNREMEMBERED);
  const contenderOf = firstOf(UNREMEMBERED.grouped('', contending, nameOf));
  return (labels) =>
    names(labels).flatMap((name) => {
      const contender = contenderOf(name);
      return contender === undefined ? [] : asContender(contender);
    });
}

/** The object for which a Sidecar takes part. No two of a namespace have one name. */
type Contending = PlannedSidecar | LiveSidecar;

function namesInPrecedence(
  title: string,
  contending: readonly Contending[],
  remembering: Remembering,
): Finder {
  const texts = deriveEach(remembering, `precedence of ${title}`, contending, {
    key: ({ name }) => name,
    compute: precedenceText,
  });
  return remembering.derive(title, '', texts, () => {
    const candidates = contending.map((one) => ('desired' in one ? candidateOf(one) : liveCandidate(one)));
    const index = selectorIndex(candidates, ({ selector = {} }) => selector);
    const names = (labels: Labels) =>
      index
        .within(labels)
        .toSorted(inPrecedence)
        .map(({ name }) => name);
    return { names, relevant: index.relevant };
  });
}

/** Without the rest of the object, which would be kept as long as no Sidecar comes or goes. */
const liveCandidate = ({ name, selector, creationTimestamp }: LiveSidecar): SidecarCandidate => ({
  name,
  creationTimestamp,
  ...(selector === undefined ? {} : { selector }),
});

/** What is planned is another object after each edit, so what decides is compared. */
const precedenceText = (one: Contending): string =>
  JSON.stringify(
    'desired' in one
      ? [one.name, one.live?.creationTimestamp, one.desired.scope.key]
      : [one.name, one.creationTimestamp, one.selector && labelsKey(one.selector)],
  );

/** Without those that no istiod of the mesh reads. */
const readSidecars = (live: readonly LiveSidecar[], mesh: Snapshot['mesh']): readonly LiveSidecar[] =>
  live.filter(({ labels }) => !isReadByNone(labels[REVISION], mesh));

const contendersOf = (
  live: readonly LiveSidecar[],
  planned: readonly PlannedSidecar[],
  undeleted: readonly LiveSidecar[],
): readonly Contending[] => [...live.filter(({ managed }) => !managed), ...planned, ...undeleted];

function asContender(one: Contending): SidecarContender {
  if ('desired' in one) return { ...candidateOf(one), planned: one };
  return one.managed ? { ...one, undeleted: one } : { ...one, foreign: one };
}

/** How old the planned Sidecar is once it is written, and which pods it matches. */
export function candidateOf({ name, desired, live }: PlannedSidecar): SidecarCandidate {
  const labels = desired.spec.workloadSelector?.labels;
  return {
    name,
    ...(labels === undefined ? {} : { selector: labels }),
    ...(live === undefined ? {} : { creationTimestamp: live.creationTimestamp }),
  };
}
