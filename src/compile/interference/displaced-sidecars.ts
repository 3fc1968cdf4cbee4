// A namespace-wide Sidecar that others own governs no pod that one of ours selects. Its egress is what an intent takes over; the listeners that it
// gives pods otherwise are lost. Source: istio/istio pilot/pkg/model/push_context.go, getSidecarScope: a Sidecar with a selector comes first.
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import { isReadByNone, REVISION } from '../../domain/istio/revision.ts';
import { listenerFieldsOf } from '../../domain/kinds/sidecar.ts';
import { isEmpty } from '../../domain/labels.ts';
import type { DesiredSidecar } from '../desired.ts';

/** `written` are the Sidecars that the controller writes. */
export function displacedSidecarDiagnostics(
  { sidecars, namespace, mesh }: Snapshot,
  written: readonly DesiredSidecar[],
): readonly Diagnostic[] {
  const displaced = sidecars.flatMap((sidecar) => {
    const isNamespaceWide = sidecar.selector === undefined && !sidecar.managed;
    const isRead = !isReadByNone(sidecar.labels[REVISION], mesh);
    const fields = isNamespaceWide && isRead ? listenerFieldsOf(sidecar) : [];
    return fields.length === 0 ? [] : [{ sidecar: `${namespace}/${sidecar.name}`, fields }];
  });
  if (displaced.length === 0) return [];
  const displacing = written.filter(({ scope }) => scope.restricted && !isEmpty(scope.selector));
  return displacing
    .flatMap(({ scope }) => scope.intents)
    .filter(({ mode }) => mode === 'Enforce')
    .flatMap(({ name }) =>
      displaced.map((each): Diagnostic => ({ code: 'SidecarDisplaced', intent: name, ...each })),
    );
}
