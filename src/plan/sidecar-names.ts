// Which Sidecar Istio gives a pod, and what follows for the age and the name of ours.
// Source: istio/istio pilot/pkg/model/push_context.go, initSidecarScopes and doGetSidecarScope.
import { isEmpty, type Labels } from '../domain/labels.ts';
import { byEach, byKey } from '../domain/order.ts';
import { sidecarName } from '../compile/object-names.ts';
import { selectorIndex } from '../domain/selector-index.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { DesiredSidecar } from '../compile/desired.ts';
import type { PlannedSidecar } from './steps.ts';
import type { Scope } from '../compile/scopes.ts';
import { NOT_YET } from '../domain/istio/sidecar-precedence.ts';

type Precedence = { readonly creationTimestamp: string; readonly name: string };

const byPrecedence = byEach<Precedence>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ name }) => name),
);

/**
 * Chooses for each desired Sidecar the live object that goes on as it, or a new name. For every pod its largest scope must win,
 * so a Sidecar must be older than each less specific one, or sort before it within the same second. A live object keeps its name
 * as long as that holds; where it does not, the scope is created again under another name, which makes it the youngest.
 *
 * | scope           | live                | planned                                              |
 * |-----------------|---------------------|------------------------------------------------------|
 * | app=web         | 998-web, old        | 998-web, kept                                        |
 * | app=web,tier=a  | none                | 997-web-a, new                                       |
 * | tier=a          | 998-a, old          | 998-a-2, new: 998-a would win over 997-web-a         |
 *
 * `desired` comes most specific first, and the answer has the same order.
 */
export function chooseNames(
  desired: readonly DesiredSidecar[],
  live: readonly LiveSidecar[],
): readonly PlannedSidecar[] {
  const taken = new Set(live.map(({ name }) => name));
  const candidates = byScopeName(live.filter(({ managed }) => managed));
  const smaller = selectorIndex(desired, ({ scope }) => scope.selector);
  const atLeast = new Map<Scope, Precedence>();
  return desired.map((sidecar) => {
    const { scope } = sidecar;
    const planned = choose(sidecar, candidates, atLeast.get(scope), taken);
    const seniority = precedenceOf(planned);
    for (const { scope: below } of smaller.within(scope.selector)) {
      if (isEmpty(below.selector)) continue; // namespace-wide comes after every selector, whatever its age
      const bound = atLeast.get(below);
      if (bound === undefined || byPrecedence(bound, seniority) < 0) atLeast.set(below, seniority);
    }
    return planned;
  });
}

function choose(
  desired: DesiredSidecar,
  candidates: ReadonlyMap<string, readonly LiveSidecar[]>,
  bound: Precedence | undefined,
  taken: ReadonlySet<string>,
): PlannedSidecar {
  const { selector } = desired.scope;
  const kept = (candidates.get(sidecarName(selector, 1)) ?? [])
    .map((live): PlannedSidecar => ({ name: live.name, desired, live }))
    .toSorted((a, b) => byPrecedence(precedenceOf(a), precedenceOf(b)))
    .find((planned) => bound === undefined || byPrecedence(bound, precedenceOf(planned)) <= 0);
  return kept ?? { name: freeName(selector, taken), desired };
}

const precedenceOf = ({ name, live }: PlannedSidecar): Precedence => ({
  creationTimestamp: live?.creationTimestamp ?? NOT_YET,
  name,
});

/** A new name may not be that of any object that stands, ours or not, since the old one goes only after the new one is there. */
function freeName(selector: Labels, taken: ReadonlySet<string>): string {
  let turn = 1;
  while (taken.has(sidecarName(selector, turn))) turn += 1;
  return sidecarName(selector, turn);
}

const TURN = /-[0-9]+$/;

/** A Sidecar of ours is told by its name, not by its selector, which somebody may have edited. */
function byScopeName(live: readonly LiveSidecar[]): ReadonlyMap<string, readonly LiveSidecar[]> {
  const named = new Map<string, LiveSidecar[]>();
  for (const sidecar of live) {
    for (const name of new Set([sidecar.name, sidecar.name.replace(TURN, '')])) {
      named.set(name, [...(named.get(name) ?? []), sidecar]);
    }
  }
  return named;
}
