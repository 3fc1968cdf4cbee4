// Turns the entries of one intent into what Istio must be told. Asks the cluster only by name.
import type { Diagnostic } from '../../domain/egress-intent/diagnostic.ts';
import type { Entry, Intent } from '../../domain/egress-intent/intent.ts';
import type { Snapshot } from '../../cluster/snapshot.ts';
import { type Grant, oldestIntentFirst } from './grant.ts';
import type { Inquiry } from '../../cluster/lookup-recorder.ts';
import type { Later, Answer } from './resolution.ts';
import { namespaceAnswer } from './from-namespace.ts';
import { serviceAnswer } from './from-service.ts';
import { resolveHost } from './from-host.ts';
import { serviceEntryAnswer } from './from-service-entry.ts';
import { cidrAnswer } from './from-cidr.ts';
import { unreachable } from '../../domain/result.ts';

type Resolution = {
  readonly grants: readonly Grant[];
  readonly diagnostics: readonly Diagnostic[];
};

/** Resolves every entry of an intent; each on its own, so that one that is refused takes no other with it. */
export function resolve(intent: Intent, snapshot: Snapshot, inquiry: Inquiry): Resolution {
  const answers = intent.allow.map((entry) => answerFor(entry, snapshot, inquiry));
  return {
    grants: answers.flatMap(({ targets = [], externals = [], later }, entry) => [
      { intent, entry, since: intent, targets, externals },
      ...(later === undefined ? [] : [laterGrant(intent, entry, later)]),
    ]),
    diagnostics: answers.flatMap(({ findings = [] }, entry) =>
      findings.map((finding): Diagnostic => ({ ...finding, intent: intent.name, entry })),
    ),
  };
}

/** Of the age of the younger of the two. */
function laterGrant(intent: Intent, entry: number, { since, ...rest }: Later): Grant {
  const younger = oldestIntentFirst(intent, since) < 0 ? since : intent;
  return { intent, entry, since: younger, ...rest };
}

function answerFor(entry: Entry, snapshot: Snapshot, inquiry: Inquiry): Answer {
  switch (entry.kind) {
    case 'namespace':
      return namespaceAnswer(entry, snapshot, inquiry);
    case 'service':
      return serviceAnswer(entry, snapshot, inquiry);
    case 'host':
      return resolveHost(entry, snapshot, inquiry);
    case 'serviceEntry':
      return serviceEntryAnswer(entry, snapshot, inquiry);
    case 'cidr':
      return cidrAnswer(entry, snapshot);
    default:
      return unreachable(entry);
  }
}
