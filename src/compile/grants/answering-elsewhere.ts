// A host that an entry grants by its namespace, for which a ServiceEntry of another namespace answers without intents. That one stays in use if it
// has what is granted.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { egressHost } from '../../domain/istio/egress-host.ts';
import { serviceHost } from '../../domain/istio/service-host.ts';
import { isSpoofable, type RegisteredHost, type RegisteredPort } from '../../domain/istio/registered-host.ts';
import type { LiveServiceEntry } from '../../domain/kinds/service-entry.ts';
import type { Service } from '../../domain/kinds/service.ts';
import { registeredBy } from '../mesh/merged-registration.ts';
import { serviceAt, targetOfAlias } from '../mesh/service-names.ts';
import { isVisibleTo } from '../mesh/service-registry.ts';
import { shadowingEntry } from './duplicate-registrations.ts';
import { answeringEntry, portsLackedBy, entryTitle, wildcardElsewhere } from './followed-registration.ts';
import { allowedPorts, type Ports, type Target } from './grant.ts';
import { registeredShortNames } from './beside-service/short-names.ts';
import type { GrantedHostPorts } from './granted-host-ports.ts';
import {
  portDiagnostics,
  serviceEntryDiagnostics,
  target,
  type EntryDiagnostic,
  type EntryResolution,
} from './resolution.ts';

export type AnsweringElsewhere = {
  readonly targets: readonly Target[];
  /** The host whose own registration is not listed. */
  readonly replaces: readonly string[];
  readonly diagnostics: readonly EntryDiagnostic[];
};

type GrantedHost = {
  readonly registered: RegisteredHost;
  readonly ports: Ports;
  /** Further names of the host. */
  readonly names: readonly string[];
};

/** A Service as an entry names it, or the registration that answers for it without intents. */
export function resolveRegistered(
  { title, service, ...granted }: GrantedHost & { readonly title: string; readonly service: Service },
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts,
): EntryResolution {
  const { registered, ports, names } = granted;
  const { namespace } = registered;
  const elsewhere = answeringElsewhere(granted, snapshot, grantedPorts);
  const short = registeredShortNames(registered, ports, snapshot);
  const diagnostics = [
    ...portDiagnostics(title, registered, ports, service),
    ...(elsewhere?.diagnostics ?? []),
    ...short.diagnostics,
  ];
  if (elsewhere !== undefined && elsewhere.targets.length > 0)
    return { targets: [...elsewhere.targets, ...short.targets], diagnostics };
  const aliases = names.map((host) => egressHost({ namespace, host }));
  return { targets: [target(egressHost(registered), ports, aliases), ...short.targets], diagnostics };
}

/** `undefined` where the registration of the granted namespace answers, as nearly always. */
export function answeringElsewhere(
  { registered, ports, names }: GrantedHost,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts,
): AnsweringElsewhere | undefined {
  const { host, namespace } = registered;
  const granted = allowedPorts(ports, registered);
  const answering = granted.length === 0 ? undefined : answeringFor(registered, snapshot);
  if (answering === undefined) return undefined;
  const wildcards = wildcardElsewhere(host, answering, granted, snapshot);
  if (answering.namespace === namespace) return { targets: [], replaces: [], diagnostics: wildcards };
  const numbers = granted.map(({ number }) => number);
  const serviceEntry = entryTitle(answering);
  const replacing = obstacle(answering, registered, granted, { snapshot, grantedPorts });
  if (replacing !== undefined) {
    const diagnostic = { code: 'RegistrationReplaced', host, serviceEntry, ...replacing } as const;
    return { targets: [], replaces: [], diagnostics: [diagnostic, ...wildcards] };
  }
  const further = names.map((name) => egressHost({ namespace: answering.namespace, host: name }));
  return {
    targets: [target(egressHost({ namespace: answering.namespace, host }), numbers, further)],
    replaces: [host],
    diagnostics: [
      { code: 'RegistrationFollowed', host, serviceEntry },
      ...wildcards,
      ...serviceEntryDiagnostics(
        egressHost({ namespace: answering.namespace, host }),
        answering,
        host,
        numbers,
        snapshot,
      ),
    ],
  };
}

/** Of a Service only a ServiceEntry of the caller's namespace takes the place. Source: istio/istio pilot/pkg/model/sidecar.go, selectServices. */
function answeringFor(registered: RegisteredHost, snapshot: Snapshot): LiveServiceEntry | undefined {
  const first = answeringEntry(registered.host, [registered.namespace], snapshot);
  return first?.namespace === snapshot.namespace || serviceBehind(registered, snapshot) === undefined
    ? first
    : undefined;
}

function serviceBehind({ namespace, host }: RegisteredHost, snapshot: Snapshot): Service | undefined {
  const service = serviceAt(host, snapshot);
  return service?.namespace === namespace && isVisibleTo(snapshot, service) ? service : undefined;
}

type Obstacle = Pick<
  Extract<EntryDiagnostic, { readonly code: 'RegistrationReplaced' }>,
  'ports' | 'otherAddresses' | 'olderEntry'
>;

/** Why the ServiceEntry cannot stay in use: ports that it lacks, or on which it does not answer at the address of the Service alone. */
function obstacle(
  entry: LiveServiceEntry,
  registered: RegisteredHost,
  granted: readonly RegisteredPort[],
  { snapshot, grantedPorts }: { readonly snapshot: Snapshot; readonly grantedPorts: GrantedHostPorts },
): Obstacle | undefined {
  const { host } = registered;
  const numbers = granted.map(({ number }) => number);
  const service = serviceBehind(registered, snapshot);
  if (service === undefined) {
    const lacking = portsLackedBy(entry, host, granted, snapshot);
    if (lacking.length > 0) return { ports: lacking };
    const older = shadowingEntry(entry, host, snapshot);
    return older === undefined ? undefined : { ports: numbers, olderEntry: entryTitle(older) };
  }
  const anyhow = allowedPorts(portsGrantedTo(registered, snapshot, grantedPorts), registered);
  const wanted = [...anyhow, ...granted.filter((port) => !anyhow.includes(port))];
  const lacking = portsLackedBy(entry, host, wanted, snapshot);
  if (lacking.length > 0) return { ports: lacking };
  const own = registeredBy(entry, host, snapshot);
  const addresses = service.clusterIps.filter((address) => entry.addresses.includes(address));
  const elsewhere = wanted.filter((port) =>
    port.class === 'http' ? own !== undefined && isSpoofable(own, port) : addresses.length === 0,
  );
  return elsewhere.length > 0
    ? { ports: elsewhere.map(({ number }) => number), otherAddresses: true }
    : undefined;
}

/** What all intents of the namespace grant of a Service, under any of its names: its pods use one registration of it. */
function portsGrantedTo(
  { namespace, host }: RegisteredHost,
  snapshot: Snapshot,
  { ofServices }: GrantedHostPorts,
): Ports {
  const { clusterDomain } = snapshot.settings;
  const granting = ofServices().filter((entry) => {
    if (entry.kind === 'namespace') return entry.namespace === namespace;
    const named = serviceHost(entry.name, entry.namespace, clusterDomain);
    return named === host || targetOfAlias(named, snapshot) === host;
  });
  return granting.some(({ ports }) => ports === undefined)
    ? 'every'
    : granting.flatMap(({ ports = [] }) => ports);
}
