// Turns the entries of one intent into what Istio must be told. Asks the cluster only by name.
import type { Diagnostic } from '../../domain/egress-intent/diagnostic.ts';
import type { AllowEntry, Intent } from '../../domain/egress-intent/intent.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { type Grant, oldestIntentFirst } from './grant.ts';
import type { RecordingCluster } from '../../cluster/lookup-recorder.ts';
import type { Later, EntryResolution } from './resolution.ts';
import { resolveNamespace } from './from-namespace.ts';
import { resolveService } from './from-service.ts';
import { resolveHost } from './from-host.ts';
import { resolveServiceEntry } from './from-service-entry.ts';
import { resolveCidr } from './from-cidr.ts';
import { unreachable } from '../../domain/result.ts';

type Resolution = {
  readonly grants: readonly Grant[];
  readonly diagnostics: readonly Diagnostic[];
};

/** Resolves every entry of an intent; each on its own, so that one that is refused takes no other with it. */
export function resolveIntent(intent: Intent, snapshot: Snapshot, inquiry: RecordingCluster): Resolution {
  const answers = intent.allow.map((entry) => resolveEntry(entry, snapshot, inquiry));
  return {
    grants: answers.flatMap(({ targets = [], externals = [], later }, entry) => [
      { intent, entry, grantedSince: intent, targets, externals },
      ...(later === undefined ? [] : [laterGrant(intent, entry, later)]),
    ]),
    diagnostics: answers.flatMap(({ diagnostics = [] }, entry) =>
      diagnostics.map((finding): Diagnostic => ({ ...finding, intent: intent.name, entry })),
    ),
  };
}

/** Of the age of the younger of the two. */
function laterGrant(intent: Intent, entry: number, { since, ...rest }: Later): Grant {
  const younger = oldestIntentFirst(intent, since) < 0 ? since : intent;
  return { intent, entry, grantedSince: younger, ...rest };
}

function resolveEntry(entry: AllowEntry, snapshot: Snapshot, inquiry: RecordingCluster): EntryResolution {
  switch (entry.kind) {
    case 'namespace':
      return resolveNamespace(entry, snapshot, inquiry);
    case 'service':
      return resolveService(entry, snapshot, inquiry);
    case 'host':
      return resolveHost(entry, snapshot, inquiry);
    case 'serviceEntry':
      return resolveServiceEntry(entry, snapshot, inquiry);
    case 'cidr':
      return resolveCidr(entry, snapshot);
    default:
      return unreachable(entry);
  }
}
