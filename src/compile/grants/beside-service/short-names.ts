// ServiceEntries for a shorter name of a granted Service, such as `api.blue`. For Istio that is another host, and its HTTP is matched by name: calls by
// that name go to the ServiceEntry without intents, where its owner is followed. It stays in use where it has what is granted.
import type { Snapshot } from '../../../cluster/snapshot.ts';
import { egressHost } from '../../../domain/istio/egress-host.ts';
import { isSamePort, isSpoofable, type RegisteredHost } from '../../../domain/istio/registered-host.ts';
import { serviceOfHost, shorterNames } from '../../../domain/istio/service-host.ts';
import { registeredBy } from '../../mesh/merged-registration.ts';
import { answeringEntry, entryTitle } from '../followed-registration.ts';
import { allowedPorts, type Ports, type Target } from '../grant.ts';
import { target, type EntryDiagnostic } from '../resolution.ts';

type ShortNames = { readonly targets: readonly Target[]; readonly diagnostics: readonly EntryDiagnostic[] };

/** What is listed beside the Service so that calls by its shorter names travel as before. */
export function registeredShortNames(service: RegisteredHost, ports: Ports, snapshot: Snapshot): ShortNames {
  const [name, namespace] = serviceOfHost(service.host, snapshot.settings.clusterDomain) ?? [];
  if (name === undefined || namespace === undefined) return { targets: [], diagnostics: [] };
  const found = shorterNames(name, namespace).map((host) => registeredName(host, service, ports, snapshot));
  return {
    targets: found.flatMap(({ targets }) => targets),
    diagnostics: found.flatMap(({ diagnostics }) => diagnostics),
  };
}

function registeredName(host: string, service: RegisteredHost, ports: Ports, snapshot: Snapshot): ShortNames {
  const entry = answeringEntry(host, [service.namespace], snapshot);
  const registered = entry === undefined ? undefined : registeredBy(entry, host, snapshot);
  if (entry === undefined || registered === undefined) return { targets: [], diagnostics: [] };
  const answered = allowedPorts(ports, service).filter(
    (port) => port.class === 'http' && registered.ports.some(isSamePort(port)),
  );
  if (answered.length === 0) return { targets: [], diagnostics: [] };
  const numbers = answered.map(({ number }) => number);
  const serviceEntry = entryTitle(entry);
  if (answered.some((port) => isSpoofable(registered, port)))
    return {
      targets: [],
      diagnostics: [
        { code: 'RegistrationReplaced', host, serviceEntry, ports: numbers, otherAddresses: true },
      ],
    };
  return {
    targets: [target(egressHost({ namespace: entry.namespace, host }), numbers)],
    diagnostics: [{ code: 'RegistrationFollowed', host, serviceEntry }],
  };
}
