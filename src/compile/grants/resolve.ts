// Resolves the entries of an intent into grants. The kinds of entry are in the files from-*.ts.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { severityOf, type Diagnostic } from '../../domain/egress-intent/diagnostics.ts';
import { covers, namespaceOf } from '../../domain/istio/egress-host.ts';
import type { AllowEntry, Intent } from '../../domain/egress-intent/intent.ts';
import { unreachable } from '../../domain/result.ts';
import { resolveCidr } from './from-cidr.ts';
import { resolveHost } from './from-host.ts';
import { resolveNamespace } from './from-namespace.ts';
import { resolveServiceEntry } from './from-service-entry.ts';
import { resolveService } from './from-service.ts';
import { grantedHostPorts, type GrantedHostPorts } from './granted-host-ports.ts';
import { oldestIntentFirst, type Admission, type Grant } from './grant.ts';
import { cidrRisks, hostRisks, withRisks } from './risks.ts';
import { nameableOnly, withUndiscovered, type EntryDiagnostic, type EntryResolution } from './resolution.ts';

export type Resolution = Admission & {
  /** About entries that are in force, or will be once what they name exists. */
  readonly notes: readonly Diagnostic[];
};

/** Resolves each entry independently, so that a refused entry does not affect the others. */
export function resolveIntent(
  intent: Intent,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts = grantedHostPorts(snapshot.intents),
): Resolution {
  const resolve = (entry: AllowEntry): EntryResolution =>
    nameableOnly(withUndiscovered(resolveEntry(entry, snapshot, grantedPorts), entry, snapshot));
  const resolutions = intent.allow.map((entry, index) =>
    intent.allow.length < MANY_ENTRIES
      ? resolve(entry)
      : snapshot.run.derive('resolution of an entry', `${intent.name}/${index}`, [entry], () =>
          resolve(entry),
        ),
  );
  const diagnostics = resolutions.flatMap(({ diagnostics: found = [] }, entry) =>
    found
      .filter((diagnostic) => !isFollowedAdvice(diagnostic, intent))
      .map((diagnostic): Diagnostic => ({ ...diagnostic, intent: intent.name, entry })),
  );
  return {
    accepted: resolutions.flatMap((resolution, entry) => grantsOf(resolution, intent, entry)),
    refused: diagnostics.filter(isRefusal),
    notes: diagnostics.filter((diagnostic) => !isRefusal(diagnostic)),
  };
}

/** From so many on, one after the other is remembered, so that the run can be paused in between. */
const MANY_ENTRIES = 32;

/** True for the advice to grant a host too, or the whole namespace of a registration, if the intent grants it. */
const isFollowedAdvice = (diagnostic: EntryDiagnostic, { allow }: Intent): boolean =>
  (diagnostic.code === 'ExternalNameOutsideMesh' &&
    allow.some(
      (entry) =>
        (entry.kind === 'host' || entry.kind === 'serviceEntry') && covers(entry.host, diagnostic.host),
    )) ||
  (diagnostic.code === 'RegistrationReplaced' &&
    diagnostic.takenBy !== undefined &&
    allow.some(
      (entry) =>
        entry.kind === 'namespace' &&
        entry.ports === undefined &&
        entry.namespace === namespaceOf(diagnostic.serviceEntry),
    ));

const isRefusal = (diagnostic: Diagnostic): boolean => severityOf(diagnostic) === 'refused';

function grantsOf(
  { targets = [], externals = [], conditional }: EntryResolution,
  intent: Intent,
  entry: number,
): readonly Grant[] {
  const unconditional: Grant = { intent, entry, grantedSince: intent, targets, externals };
  if (conditional === undefined) return [unconditional];
  const { since, ...granted } = conditional;
  const younger = oldestIntentFirst(intent, since) < 0 ? since : intent;
  return [unconditional, { intent, entry, grantedSince: younger, ...granted }];
}

function resolveEntry(
  entry: AllowEntry,
  snapshot: Snapshot,
  grantedPorts: GrantedHostPorts,
): EntryResolution {
  switch (entry.kind) {
    case 'namespace':
      return resolveNamespace(entry, snapshot, grantedPorts);
    case 'service':
      return resolveService(entry, snapshot, grantedPorts);
    case 'host':
      return withRisks(resolveHost(entry, snapshot, grantedPorts), hostRisks(entry));
    case 'serviceEntry':
      return resolveServiceEntry(entry, snapshot, grantedPorts);
    case 'cidr':
      return withRisks(resolveCidr(entry, snapshot), cidrRisks(entry, snapshot));
    default:
      return unreachable(entry);
  }
}
