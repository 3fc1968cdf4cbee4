// The names of the generated Sidecars, chosen so that Istio gives each pod its most specific one. Knows nothing about specs.
// Source: istio/istio pilot/pkg/model/push_context.go, initSidecarScopes and doGetSidecarScope.
import { deriveEach } from '../cluster/memo/derive-each.ts';
import type { Remembering } from '../cluster/memo/memo.ts';
import { isEmpty } from '../domain/labels.ts';
import { firstOf, nameOf } from '../cluster/memo/grouped.ts';
import { byEach, byKey } from '../domain/order.ts';
import { sidecarName } from '../compile/object-names.ts';
import { selectorIndex } from '../domain/selectors/selector-index.ts';
import type { LiveSidecar } from '../domain/kinds/sidecar.ts';
import type { DesiredSidecar } from '../compile/desired.ts';
import { byFirstName, freeName, namingTexts } from './ordinal-names.ts';
import type { PlannedSidecar } from './steps.ts';
import type { Scope } from '../compile/scopes.ts';
import { NOT_CREATED } from '../domain/istio/sidecar-precedence.ts';

type Precedence = { readonly creationTimestamp: string; readonly name: string };

const byPrecedence = byEach<Precedence>(
  byKey(({ creationTimestamp }) => creationTimestamp),
  byKey(({ name }) => name),
);

/**
 * Chooses for each desired Sidecar the live object to update, or a new name. The largest scope of a pod must win, so a Sidecar must
 * be older than each less specific one, or sort before it within the same second. A live object is kept as long as that holds;
 * otherwise the scope is created again under another name, which makes it the youngest. The name identifies the scope; the selector of the
 * live object may have been edited.
 *
 * | scope           | live                | planned                                                        |
 * |-----------------|---------------------|----------------------------------------------------------------|
 * | app=db          | 998-db, old         | 998-db, kept: no pod matches it and a larger one                 |
 * | app=web,tier=a  | none                | 997-web-a, new                                                 |
 * | app=web         | 998-web, old        | 998-web-2, new: the old 998-web would win over the new 997-web-a |
 * | tier=a          | 998-a, old          | 998-a-2, new, for the same reason                              |
 *
 * `desired` is ordered most specific first, and so is the result.
 */
export function chooseNames(
  desired: readonly DesiredSidecar[],
  live: readonly LiveSidecar[],
): readonly PlannedSidecar[] {
  const taken = new Set(live.map(({ name }) => name));
  const candidates = byFirstName(live);
  const lessSpecific = selectorIndex(desired, ({ scope }) => scope.selector);
  const limits = new Map<Scope, Precedence>();
  return desired.map((sidecar) => {
    const { scope } = sidecar;
    const planned = choose(sidecar, candidates, limits.get(scope), taken);
    const precedence = precedenceOf(planned);
    for (const { scope: smaller } of lessSpecific.within(scope.selector)) {
      if (isEmpty(smaller.selector)) continue; // namespace-wide comes after every selector, at any age
      const limit = limits.get(smaller);
      if (limit === undefined || byPrecedence(limit, precedence) < 0) limits.set(smaller, precedence);
    }
    return planned;
  });
}

/** The same, chosen again only if a scope comes or goes, or what names depend on changes in a live Sidecar. */
export function rememberedNames(
  desired: readonly DesiredSidecar[],
  live: readonly LiveSidecar[],
  remembering: Remembering,
): readonly PlannedSidecar[] {
  const texts = namingTexts(live, 'naming of a live Sidecar', remembering);
  const from = [...desired.map(({ scope }) => scope.key), 'live', ...texts];
  const named = remembering.derive('names of Sidecars', '', from, () => {
    const chosen = chooseNames(desired, live);
    return new Map(
      chosen.map((each) => [each.desired.scope.key, { name: each.name, isKept: 'live' in each }]),
    );
  });
  const liveNamed = firstOf(remembering.grouped('live Sidecar of a name', live, nameOf));
  return deriveEach(remembering, 'planned Sidecar', desired, {
    key: ({ scope }) => scope.key,
    also: [named],
    compute: (sidecar) => {
      const chosen = named.get(sidecar.scope.key);
      if (chosen === undefined) throw new Error('a Sidecar without a name');
      const { name, isKept } = chosen;
      const kept = isKept ? liveNamed(name) : undefined;
      return { name, desired: sidecar, ...(kept && { live: kept }) };
    },
  });
}

/** The Sidecar must come after `limit` in Istio's order of precedence. */
function choose(
  desired: DesiredSidecar,
  candidates: ReadonlyMap<string, readonly LiveSidecar[]>,
  limit: Precedence | undefined,
  taken: ReadonlySet<string>,
): PlannedSidecar {
  const { selector } = desired.scope;
  const kept = (candidates.get(sidecarName(selector, 1)) ?? [])
    .map((live): PlannedSidecar => ({ name: live.name, desired, live }))
    .toSorted((a, b) => byPrecedence(precedenceOf(a), precedenceOf(b)))
    .find((planned) => limit === undefined || byPrecedence(limit, precedenceOf(planned)) <= 0);
  return kept ?? { name: freeName((ordinal) => sidecarName(selector, ordinal), taken), desired };
}

const precedenceOf = ({ name, live }: PlannedSidecar): Precedence => ({
  creationTimestamp: live?.creationTimestamp ?? NOT_CREATED,
  name,
});
