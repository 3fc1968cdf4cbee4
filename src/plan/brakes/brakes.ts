// Filters over a draft by which people keep what stands: a pause of an intent or a namespace, the mode in which nothing is written, and the
// brake that stops deletions and narrowings once there were too many of them lately. Values in, a draft out.
import type { Snapshot } from '../../cluster/snapshot.ts';
import { DEFAULT_ISTIO_NAMESPACE } from '../../domain/kinds/mesh-config.ts';
import { objectId } from '../../domain/kinds/manifest.ts';
import { objectOf, type Draft, type WithholdReason } from '../steps.ts';
import { leaveUnchanged } from '../withheld.ts';
import { removalsOf } from './removals.ts';

/** The deletions and narrowings of all namespaces. */
export type RemovalWindow = {
  /** The objects deleted or narrowed lately, each as `namespace/Kind/name`. */
  readonly removed: Pick<ReadonlySet<string>, 'has' | 'size'>;
  /** How many of them may be. */
  readonly limit: number;
  /** Since when further ones wait, as an RFC 3339 text; absent while none does. */
  readonly heldSince?: string;
  /** The present time, as such a text. */
  readonly now: string;
};

/** How the controller was started, and what it did lately. */
export type Brakes = {
  /** Nothing but statuses may be written. */
  readonly auditOnly: boolean;
  readonly removals: RemovalWindow;
};

/** Where nothing is written, as by the commands over files, nothing has to be held. */
export const RELEASED: Brakes = {
  auditOnly: false,
  removals: { removed: new Set(), limit: Infinity, now: '' },
};

export type Braked = {
  readonly draft: Draft;
  /** Ids of the objects that it deletes or narrows. */
  readonly removals: ReadonlySet<string>;
  /** Ids of those that wait for an acknowledgement. */
  readonly held: ReadonlySet<string>;
};

type Known = Pick<
  Snapshot,
  'namespace' | 'sidecars' | 'serviceEntries' | 'intents' | 'invalid' | 'mesh' | 'isPaused' | 'isTerminating'
>;

export function brake(draft: Draft, known: Known, { auditOnly, removals: window }: Brakes): Braked {
  const paused = leaveUnchanged(draft, known.sidecars, pausedIn(draft, known, auditOnly));
  const free = known.isTerminating ? leaveUnchanged(paused, known.sidecars, endingIn(paused)) : paused;
  const removals = removalsOf(free.steps, known.serviceEntries);
  const added = [...removals].filter((id) => !window.removed.has(`${known.namespace}/${id}`));
  const isTooMuch = added.length > 0 && window.removed.size + added.length > window.limit;
  const isHeld = removals.size > 0 && (window.heldSince !== undefined || isTooMuch);
  if (!isHeld) return { draft: free, removals, held: new Set() };
  const { istioNamespace = DEFAULT_ISTIO_NAMESPACE } = known.mesh;
  const reason = { kind: 'brake', since: window.heldSince ?? window.now, istioNamespace } as const;
  const reasons = new Map([...removals].map((id) => [id, reason]));
  return { draft: leaveUnchanged(free, known.sidecars, reasons), removals: new Set(), held: removals };
}

type Reasons = ReadonlyMap<string, WithholdReason>;

/** Of a namespace that is being deleted, what would be created, which is refused, and deleted, which Kubernetes does. */
const endingIn = ({ steps }: Draft): Reasons =>
  new Map(
    steps
      .filter(({ step }) => step.kind === 'delete' || step.verb === 'create')
      .map(({ step }) => [objectOf(step), { kind: 'terminating-namespace' }]),
  );

/** The objects of the draft that a pause or the mode keeps. */
function pausedIn(draft: Draft, known: Known, auditOnly: boolean): Reasons {
  const ids = draft.steps.map(({ step }) => objectOf(step));
  if (auditOnly) return new Map(ids.map((id) => [id, { kind: 'audit-only' }]));
  if (known.isPaused) return new Map(ids.map((id) => [id, { kind: 'paused-namespace' }]));
  const paused = new Set(
    [...known.intents, ...known.invalid].flatMap((intent) => (intent.isPaused === true ? [intent.name] : [])),
  );
  if (paused.size === 0) return new Map();
  const contributions = [
    ...[...known.sidecars, ...known.serviceEntries]
      .filter(({ managed }) => managed)
      .map(({ kind, name, intents }) => ({ id: objectId(kind, name), intents })),
    ...draft.sidecars.map(({ name, desired }) => ({
      id: objectId('Sidecar', name),
      intents: desired.scope.intents,
    })),
    ...draft.serviceEntries.map(({ name, intents }) => ({ id: objectId('ServiceEntry', name), intents })),
  ];
  return new Map(
    contributions.flatMap(({ id, intents }) => {
      const intent = intents.find(({ name }) => paused.has(name))?.name;
      return intent === undefined ? [] : [[id, { kind: 'paused-intent', intent }] as const];
    }),
  );
}
