// May a pod call a host on a port, and which entries grant it? Reads one compilation and the Sidecars that exist after its plan; knows nothing
// of the API server.
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Compilation } from '../compile/compilation.ts';
import type { Grant } from '../compile/grants/grant.ts';
import { grantsFor, reachableHosts, type Destination } from '../compile/sidecar/destination.ts';
import type { ScopeSidecar } from '../compile/scope-sidecar.ts';
import { covers, egressHost, isBelow, namespaceOf, partsOf } from '../domain/istio/egress-host.ts';
import type { RegisteredHost } from '../domain/istio/registered-host.ts';
import type { Labels } from '../domain/labels.ts';
import { cidrContains } from '../domain/network.ts';
import { byEach, byKey, byNumber } from '../domain/order.ts';
import type { Plan } from '../plan/steps.ts';
import { contendersInPrecedence } from '../status/governing-sidecar.ts';

/** The host is a DNS name, such as that of a Service or of a host outside the mesh, or an IP address. */
export type Call = { readonly host: string; readonly port: number };

/** An entry of an intent: its index in `allow`. */
export type GrantingEntry = { readonly intent: string; readonly entry: number };

export type CallAnswer =
  /** No Sidecar restricts the pod: the default of the mesh decides. */
  | { readonly kind: 'unrestricted' }
  /** A foreign Sidecar governs the pod (`namespace/name`); what it allows is not examined. */
  | { readonly kind: 'foreign'; readonly sidecar: string }
  /** The managed Sidecar that governs the pod must be left unchanged (see `Plan.withheld` and `Plan.undeleted`), so it may differ from the intents. */
  | { readonly kind: 'withheld'; readonly sidecar: string }
  /** `entries` is empty where only the platform's hosts allow the call. In order of intent and entry. */
  | { readonly kind: 'allowed'; readonly entries: readonly GrantingEntry[] }
  | { readonly kind: 'blocked' };

const byEntry = byEach<GrantingEntry>(
  byKey(({ intent }) => intent),
  byNumber(({ entry }) => entry),
);

/** The compiled state of one namespace. */
export type CompiledNamespace = {
  readonly snapshot: Snapshot;
  readonly compilation: Compilation;
  readonly plan: Pick<Plan, 'sidecars' | 'withheld' | 'undeleted'>;
};

/**
 * Answers for pods of the namespace with these labels, once the plan is carried out. Foreign configuration that redirects an allowed call
 * is not followed: the diagnostics of the compilation report it.
 */
export function mayCall(
  labels: Labels,
  call: Call,
  { snapshot, compilation, plan }: CompiledNamespace,
): CallAnswer {
  const [governing] = contendersInPrecedence(snapshot, plan.sidecars, plan.undeleted)(labels);
  if (governing === undefined) return { kind: 'unrestricted' };
  const governor = `${snapshot.namespace}/${governing.name}`;
  if (governing.foreign !== undefined) return { kind: 'foreign', sidecar: governor };
  if (governing.undeleted !== undefined) return { kind: 'withheld', sidecar: governor };
  if (plan.withheld.some(({ kind, name }) => kind === 'Sidecar' && name === governing.name)) {
    return { kind: 'withheld', sidecar: governor };
  }
  const { key } = governing.planned.desired.scope;
  const scope = compilation.scopeSidecars.find(({ sidecar }) => sidecar.scope.key === key);
  const reached = scope === undefined ? [] : destinationsReachedBy(call, scope, compilation);
  if (reached.length === 0) return { kind: 'blocked' };
  const entries = reached.flatMap((destination) => grantsOfCall(destination, call.port, scope));
  return { kind: 'allowed', entries: distinctEntries(entries) };
}

/**
 * The grants that list the port of the reached host. If none does, the grants of the wildcard above it: the host is then listed with every port,
 * because the wildcard grants the ports that the host's grants leave out.
 */
function grantsOfCall(
  { destination, host }: ReachedDestination,
  port: number,
  scope: ScopeSidecar | undefined,
): readonly Grant[] {
  const exact = grantsFor(destination, host).filter((grant) =>
    grantsPort(grant, [destination.host, host], port),
  );
  if (exact.length > 0) return exact;
  const wildcards = scope?.destinations.filter((candidate) => isBelow(candidate.host, host)) ?? [];
  return wildcards.flatMap((wildcard) =>
    wildcard.grants.filter((grant) => grantsPort(grant, [wildcard.host], port)),
  );
}

/** A destination that allows the call, and the egress host that the call reaches. */
type ReachedDestination = { readonly destination: Destination; readonly host: string };

function destinationsReachedBy(
  { host, port }: Call,
  { destinations, listeners }: ScopeSidecar,
  { registry }: Compilation,
): readonly ReachedDestination[] {
  const unreachable = new Set(listeners.conflicts.map((conflict) => `${conflict.host}:${conflict.port}`));
  return reachableHosts(destinations, registry)
    .filter(
      (reachable) =>
        isNamed(host, reachable.destination, reachable.host) &&
        reachable.ports.some(({ number }) => number === port) &&
        !unreachable.has(`${egressHost(reachable.host)}:${port}`),
    )
    .map((reachable) => ({ destination: reachable.destination, host: egressHost(reachable.host) }));
}

/** True if a client that calls `name` means the host: by its DNS name, by a further name, or by an address of its range. */
function isNamed(name: string, { aliases, grants }: Destination, host: RegisteredHost): boolean {
  if (covers(host.host, name)) return true;
  if (aliases.some((alias) => partsOf(alias).name === name && namespaceOf(alias) === host.namespace))
    return true;
  return grants.some(({ externals }) =>
    externals.some((external) => external.kind === 'cidr' && cidrContains(external.cidr, name)),
  );
}

/** True for a grant that lists the port of one of the egress hosts itself, not only another port of them. */
const grantsPort = ({ targets }: Grant, hosts: readonly string[], port: number): boolean =>
  targets.some(({ host, ports }) => hosts.includes(host) && (ports === 'every' || ports.includes(port)));

function distinctEntries(grants: readonly Grant[]): readonly GrantingEntry[] {
  const entries = grants.map(({ intent, entry }): GrantingEntry => ({ intent: intent.name, entry }));
  const distinct = new Map(entries.map((granting) => [`${granting.intent}/${granting.entry}`, granting]));
  return [...distinct.values()].toSorted(byEntry);
}
