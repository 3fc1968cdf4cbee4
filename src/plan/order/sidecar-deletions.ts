// The deletions of Sidecars, and the writes without which each has to stay.
import { inPrecedence } from '../../domain/istio/sidecar-precedence.ts';
import type { SidecarManifest } from '../../domain/kinds/manifest.ts';
import type { LiveSidecar } from '../../domain/kinds/sidecar.ts';
import { selectorOverlap } from '../../domain/selectors/selector-overlap.ts';
import { isListed } from '../brakes/removals.ts';
import { deleteStep, type Apply, type DraftStep } from '../steps.ts';

/**
 * In the reverse of Istio's precedence. Each requires the Sidecars that are written and may govern its pods next: without a new one it has to stay,
 * or its pods would be left to none, and without an update that keeps a grant of its pods they would lose that.
 */
export function sidecarDeletions(
  staleSidecars: readonly LiveSidecar[],
  writes: readonly DraftStep[],
): readonly DraftStep[] {
  if (staleSidecars.length === 0) return [];
  const next = selectorOverlap<Apply<SidecarManifest>>(
    ({ manifest: { spec } }) => spec.workloadSelector?.labels ?? {},
  );
  for (const draft of writes) if (draft.stage === 'sidecar') next.add(draft.step);
  return staleSidecars
    .toSorted(inPrecedence)
    .toReversed()
    .map((live): DraftStep => {
      const { selector = {} } = live;
      const requires = next
        .overlapping(selector)
        .filter((write) => isNeededWithout(live, write))
        .map(({ id }) => id);
      return { stage: 'stale-sidecar', step: deleteStep(live), selector, requires };
    });
}

/** True for the write of a Sidecar that is new, or that lists what the other one lists and its live version does not. */
const isNeededWithout = (
  other: LiveSidecar,
  { verb, manifest, standing = [] }: Apply<SidecarManifest>,
): boolean =>
  verb === 'create' ||
  manifest.spec.egress.some(({ port, hosts }) =>
    hosts.some(
      (host) =>
        !host.startsWith('~') && isListed(other.egress, port, host) && !isListed(standing, port, host),
    ),
  );
