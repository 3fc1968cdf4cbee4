// Which objects each intent contributes to. Only names, so that no older version of an object is remembered with them.
import { deriveEach } from '../cluster/memo/derive-each.ts';
import type { Remembering } from '../cluster/memo/memo.ts';
import type { Plan } from '../plan/steps.ts';
import type { IntentShare } from './conditions.ts';

type Planned = Pick<Plan, 'sidecars' | 'serviceEntries'>;
type Named = { readonly name: string };

/** By the name of the intent. Grouped again only if an object has another name, or other intents. */
export function sharesOf(plan: Planned, remembering: Remembering): ReadonlyMap<string, IntentShare> {
  const sidecars = deriveEach(remembering, 'intents of a planned Sidecar', plan.sidecars, {
    key: ({ name }) => name,
    compute: ({ name, desired }) => textOf(name, desired.scope.intents),
  });
  const serviceEntries = deriveEach(remembering, 'intents of a planned ServiceEntry', plan.serviceEntries, {
    key: ({ name }) => name,
    compute: ({ name, intents }) => textOf(name, intents),
  });
  const from = [...sidecars, 'ServiceEntries', ...serviceEntries];
  return remembering.derive('shares', '', from, () => sharesIn(plan));
}

const textOf = (object: string, intents: readonly Named[]): string =>
  [object, ...intents.map(({ name }) => name)].join(' ');

function sharesIn(plan: Planned): ReadonlyMap<string, IntentShare> {
  const shares = new Map<string, { readonly sidecars: Named[]; readonly serviceEntries: Named[] }>();
  const shareOf = ({ name }: Named) => {
    const share = shares.get(name) ?? { sidecars: [], serviceEntries: [] };
    shares.set(name, share);
    return share;
  };
  for (const { name, desired } of plan.sidecars) {
    const named = { name };
    for (const intent of desired.scope.intents) shareOf(intent).sidecars.push(named);
  }
  for (const { name, intents } of plan.serviceEntries) {
    const named = { name };
    for (const intent of intents) shareOf(intent).serviceEntries.push(named);
  }
  return shares;
}
