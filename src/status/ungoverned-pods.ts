// Pods that another Sidecar governs than the generated one that should, or none.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { DataPlane } from '../domain/kinds/pod.ts';
import { objectId } from '../domain/kinds/manifest.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import { inPrecedence } from '../domain/istio/sidecar-precedence.ts';
import { lostIntents } from '../compile/lost-intents.ts';
import type { Plan, WithholdReason } from '../plan/steps.ts';
import { sortedSet } from '../domain/order.ts';
import { candidateOf, type GovernedPods } from './governing-sidecar.ts';
import { byNumberOf, podsText, type Shortfall } from './shortfall.ts';
import { causeOf, lostIntentText, RECREATED, TERMINATING, type Pending } from './standing-sidecars.ts';
import { listText } from './list-text.ts';

type Causes = {
  /** Why objects are not as planned, by id. */
  readonly pending: ReadonlyMap<string, Pending>;
  readonly known: Pick<Snapshot, 'intents' | 'invalid' | 'definition'>;
  readonly undeleted: Plan['undeleted'];
};

/** Data planes that obey a Sidecar, now or after the injection that they lack. */
const OBEYING: ReadonlySet<DataPlane | undefined> = new Set<DataPlane>(['sidecar', 'unknown', 'none']);

export function ungovernedPods(groups: readonly GovernedPods[], causes: Causes): readonly Shortfall[] {
  const obeying = groups.filter(({ pods }) => OBEYING.has(pods[0]?.dataPlane));
  return [
    ...shadowed(obeying),
    ...kept(obeying, causes),
    ...unwritten(obeying, causes),
    ...unrestricted(obeying),
  ];
}

/** The governing Sidecar, if it takes precedence over the intended one, whether that is written or not. */
function governorOf({ contenders: [governor], intended }: GovernedPods): typeof governor {
  if (governor === undefined || intended === undefined || governor.planned === intended) return undefined;
  return inPrecedence(governor, candidateOf(intended)) < 0 ? governor : undefined;
}

function shadowed(groups: readonly GovernedPods[]): readonly Shortfall[] {
  const affected = groups.filter((group) => governorOf(group)?.foreign !== undefined);
  if (affected.length === 0) return [];
  const foreign = sortedSet(affected.flatMap((group) => governorOf(group)?.foreign ?? []).map(titleOf));
  const [verb, remedy] =
    foreign.length === 1
      ? ['takes', 'delete it, or change its workloadSelector']
      : ['take', 'delete them, or change their workloadSelectors'];
  const text = `${listText(foreign, ', ')} ${verb} precedence over the generated Sidecar for ${podsText(affected)}, and Istio applies only one Sidecar to a pod: ${remedy}`;
  return [{ reason: 'Shadowed', text }];
}

/** Pods that one of our own Sidecars still governs, which should be gone. */
function kept(groups: readonly GovernedPods[], causes: Causes): readonly Shortfall[] {
  const byName = Map.groupBy(groups, (group) => governorOf(group)?.undeleted?.name);
  return [...byName].flatMap(([, affected]): readonly Shortfall[] => {
    const [first] = affected;
    const sidecar = first === undefined ? undefined : governorOf(first)?.undeleted;
    if (sidecar === undefined || sidecar.name === first?.intended?.live?.name) return [];
    const { reason, cause } = whyKept(sidecar, causes);
    return [{ reason, text: `${titleOf(sidecar)} still governs ${podsText(affected)}: ${cause}` }];
  });
}

function whyKept(
  sidecar: LiveSidecar,
  { pending, known, undeleted }: Causes,
): Pick<Shortfall, 'reason'> & { readonly cause: string } {
  const { name, intents: contributing, isTerminating } = sidecar;
  if (isTerminating) return { reason: 'Shadowed', cause: TERMINATING };
  const failure = pending.get(objectId('Sidecar', name));
  if (failure !== undefined) return { reason: failure.reason, cause: failure.text };
  const names = new Set(contributing.map((intent) => intent.name));
  const intents = known.invalid.filter((intent) => names.has(intent.name)).map((intent) => intent.name);
  const lost = lostIntents(known)(sidecar);
  if (intents.length === 0 && lost !== undefined) return { reason: 'Withheld', cause: lostIntentText(lost) };
  const held = undeleted.find((one) => one.name === name);
  if (held?.dependsOn !== undefined) {
    const cause = `what takes its place depends on ${held.dependsOn}, which is left unchanged: ${causeOf(held.reason)}`;
    return { reason: 'Withheld', cause };
  }
  if (held !== undefined && isBrake(held.reason)) return { reason: 'Withheld', cause: causeOf(held.reason) };
  if (intents.length === 0) {
    return { reason: 'Shadowed', cause: RECREATED };
  }
  const cause = `it has to stay, because it has grants of intent ${listText(intents, ', ')}, which is invalid, so correct that intent`;
  return { reason: 'Withheld', cause };
}

const isBrake = (reason: WithholdReason): boolean =>
  ['paused-intent', 'paused-namespace', 'terminating-namespace', 'audit-only', 'brake'].includes(reason.kind);

/** Pods whose generated Sidecar could not be written, or must be left as it is. */
function unwritten(groups: readonly GovernedPods[], { pending }: Causes): readonly Shortfall[] {
  const byName = Map.groupBy(groups, ({ intended }) => intended?.name ?? '');
  return [...byName].flatMap(([name, affected]): readonly Shortfall[] => {
    const cause = pending.get(objectId('Sidecar', name));
    if (cause === undefined) return [];
    const pods = `${podsText(affected)} ${byNumberOf(affected, 'is', 'are')}`;
    return [{ reason: cause.reason, text: `${pods} not restricted as planned: ${cause.text}` }];
  });
}

/** Pods for which nothing is generated although an intent enforces: what it asks for is refused. */
function unrestricted(groups: readonly GovernedPods[]): readonly Shortfall[] {
  const affected = groups.filter(({ intended }) => intended === undefined);
  if (affected.length === 0) return [];
  const text = `no Sidecar is generated for ${podsText(affected)}: correct what Accepted names`;
  return [{ reason: 'Unrestricted', text }];
}

const titleOf = ({ namespace, name }: LiveSidecar): string => `Sidecar ${namespace}/${name}`;
