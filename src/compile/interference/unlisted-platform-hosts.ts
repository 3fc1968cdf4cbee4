// Reports hosts that the proxies of restricted pods need and may not call: their inbound calls, traces or tokens fail.
import type { Snapshot } from '../../cluster/snapshot.ts';
import type { Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import { partsOf } from '../../domain/istio/egress-host.ts';
import { isNameable } from '../../domain/istio/nameable.ts';
import { excludes } from '../../domain/labels.ts';
import type { Grant } from '../grants/grant.ts';
import { platformDependencies, type PlatformDependency } from '../mesh/platform-hosts.ts';

/** One for each intent that may select the pods, unless an intent of the namespace grants the host. */
export function platformHostDiagnostics(snapshot: Snapshot, grants: readonly Grant[]): readonly Diagnostic[] {
  const isGranted = ({ host }: PlatformDependency): boolean =>
    grants.some(({ targets }) =>
      targets.some((target) => partsOf(target.host).name === partsOf(host).name && target.ports.length > 0),
    );
  return platformDependencies(snapshot)
    .filter(({ host, trusted }) => !trusted || !isNameable(host))
    .filter((dependency) => !isGranted(dependency))
    .flatMap(({ host, reason, trusted, selector }) =>
      snapshot.intents
        .filter((intent) => !excludes(selector, intent.selector))
        .map(({ name }): Diagnostic => ({
          code: 'PlatformHostNotListed',
          intent: name,
          host: trusted ? host : partsOf(host).name,
          reason,
          cause: isNameable(host) ? 'notTrusted' : 'notNameable',
        })),
    );
}
