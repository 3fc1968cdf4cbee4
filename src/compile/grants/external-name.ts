// A Service of type ExternalName: another name of some other host. Istio gives it no listener and no cluster; it becomes a further
// name of the host that it leads to, and is matched under that host's namespace.
import type { Service } from '../../domain/kinds/service.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { hostOfService } from '../../domain/istio/registered-host.ts';
import type { Ports } from './grant.ts';
import { serviceOfHost } from '../../domain/istio/egress-host.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import { portDiagnostics, target, type EntryResolution } from './resolution.ts';

/** Istio follows a chain of aliases; a loop leads nowhere. */
const LONGEST_CHAIN = 8;

/** Grants what the alias leads to, under both names. */
export function resolveExternalName(
  alias: Service,
  ports: Ports,
  snapshot: Snapshot,
  inquiry: RecordingCluster,
): EntryResolution {
  const { clusterDomain } = snapshot.settings;
  const title = `${alias.namespace}/${alias.name}`;
  const names: string[] = [];
  let current = alias;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    names.push(`${current.name}.${current.namespace}.svc.${clusterDomain}`);
    const [name, namespace] = serviceOfHost(current.externalName, clusterDomain) ?? [];
    if (name === undefined || namespace === undefined) {
      return resolveOutsideMesh(title, current.externalName, names, snapshot);
    }
    const next = inquiry.service(namespace, name);
    if (next === undefined)
      return { diagnostics: [{ code: 'ServiceNotFound', service: `${namespace}/${name}` }] };
    const known = hostOfService(next, clusterDomain);
    if (known !== undefined) {
      const aliases = names.map((each) => `${namespace}/${each}`);
      return {
        targets: [target(`${namespace}/${known.host}`, ports, aliases)],
        diagnostics: portDiagnostics(title, known, ports),
      };
    }
    current = next;
  }
  return { diagnostics: [{ code: 'ExternalNameLoop', service: title }] };
}

/** An alias of an outside host gives it a further name, where the same intents also list the host itself. */
function resolveOutsideMesh(
  title: string,
  host: string,
  names: readonly string[],
  { namespace }: Snapshot,
): EntryResolution {
  return {
    targets: [
      target(
        `${namespace}/${host}`,
        [],
        names.map((each) => `${namespace}/${each}`),
      ),
    ],
    diagnostics: [{ code: 'ExternalNameOutsideMesh', service: title, host }],
  };
}
