// Leaves out of a resolved entry what no Sidecar may say: Istio's webhook would refuse the whole Sidecar. Every kind of entry passes here.
import { isNameable } from '../../domain/istio/nameable.ts';
import { sortedSet } from '../../domain/order.ts';
import type { Target } from './grant.ts';
import type { EntryDiagnostic, EntryResolution } from './resolution.ts';

export function nameableOnly(resolution: EntryResolution): EntryResolution {
  const { targets = [], conditional, diagnostics = [] } = resolution;
  const refused = sortedSet(
    [...targets, ...(conditional?.targets ?? [])].map(({ host }) => host).filter((host) => !isNameable(host)),
  );
  if (refused.length === 0) return resolution;
  return {
    ...resolution,
    targets: nameable(targets),
    ...(conditional === undefined
      ? {}
      : { conditional: { ...conditional, targets: nameable(conditional.targets) } }),
    diagnostics: [
      ...diagnostics.filter(
        (found) => found.code !== 'HostSpoofable' || !refused.includes(found.destination),
      ),
      ...refused.map((host): EntryDiagnostic => ({ code: 'HostNotNameable', host })),
    ],
  };
}

const nameable = (targets: readonly Target[]): readonly Target[] =>
  targets.filter(({ host }) => isNameable(host));
