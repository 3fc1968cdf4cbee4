// Holds deletions and narrowings back once too many objects had one lately, until somebody acknowledges them. If most managed objects go within
// minutes, the cause is a mistake of a tool, a restore or a bug. The acknowledgement is an annotation of the Namespace of
// istiod: tenants cannot write that, the controller watches it anyway, and it names the moment, so that one that is left behind permits nothing
// later; one in the future permits everything until then. The window is that of this process: another replica that takes over begins a new one.
import type { Stores } from '../../cluster/stores.ts';
import type { RemovalWindow } from '../../plan/brakes/brakes.ts';
import type { Plan } from '../../plan/steps.ts';

const WINDOW_MS = 600_000;
/** So many may always be deleted or narrowed: in a small cluster a part of it is nothing. */
const LEAST = 20;

type RemovalBrakeOptions = {
  /** The number of managed objects. */
  readonly managed: () => number;
  /** How many of them, of 100, may be deleted or narrowed within the window. */
  readonly percent: number;
  /** The text of the annotation; empty without one. */
  readonly acknowledged: () => string;
  /** Further ones wait from now on. `since` is to be acknowledged. */
  readonly onHold: (since: string) => void;
};

export type RemovalBrake = {
  readonly window: (now: Date) => RemovalWindow;
  /** Takes a plan into account. To be called before anything else is planned. */
  readonly record: (namespace: string, plan: Pick<Plan, 'removals' | 'held'>, now: Date) => void;
  /** The number of objects that wait. */
  readonly held: () => number;
};

export function createRemovalBrake(options: RemovalBrakeOptions): RemovalBrake {
  const { managed, percent, acknowledged, onHold } = options;
  const removedAt = new Map<string, number>(); // in order of time
  const heldIn = new Map<string, number>();
  let heldSince: string | undefined;
  const limit = (): number => limitOf(managed() + removedAt.size, percent);
  function forget(now: Date): void {
    if (heldSince !== undefined && isSince(acknowledged(), heldSince)) {
      heldSince = undefined;
      removedAt.clear();
    }
    for (const [id, at] of removedAt) {
      if (at > now.getTime() - WINDOW_MS) return;
      removedAt.delete(id);
    }
  }
  return {
    window: (now) => {
      forget(now);
      return {
        removed: removedAt,
        limit: isSince(acknowledged(), wholeSecond(now)) ? Infinity : limit(),
        now: wholeSecond(now),
        ...(heldSince !== undefined && { heldSince }),
      };
    },
    record: (namespace, { removals, held }, now) => {
      for (const id of removals) {
        removedAt.delete(`${namespace}/${id}`); // so that it comes last
        removedAt.set(`${namespace}/${id}`, now.getTime());
      }
      heldIn.set(namespace, held.size);
      if (held.size === 0 || heldSince !== undefined) return;
      heldSince = wholeSecond(now);
      onHold(heldSince);
    },
    held: () => [...heldIn.values()].reduce((sum, size) => sum + size, 0),
  };
}

/** `objects` are those at the beginning of the window. */
const limitOf = (objects: number, percent: number): number =>
  Math.max(LEAST, Math.floor((objects * percent) / 100));

/** The brake of a cluster. `onAcknowledged` is called whenever the annotation changes: what waited may go on. */
export function clusterRemovalBrake(
  { Namespace, Sidecar, ServiceEntry }: Stores,
  options: Pick<RemovalBrakeOptions, 'percent' | 'onHold'> & {
    readonly istioNamespace: string;
    readonly onAcknowledged: () => void;
  },
): RemovalBrake {
  let managed = 0;
  for (const store of [Sidecar, ServiceEntry]) {
    store.subscribe(({ before, after }) => {
      managed += Number(after?.managed ?? false) - Number(before?.managed ?? false);
    });
  }
  Namespace.subscribe(({ before, after }) => {
    if (after?.name === options.istioNamespace && after.acknowledged !== before?.acknowledged)
      options.onAcknowledged();
  });
  return createRemovalBrake({
    ...options,
    managed: () => managed,
    acknowledged: () => Namespace.get('', options.istioNamespace)?.acknowledged ?? '',
  });
}

/** As `date -u +%FT%TZ` writes it. */
const wholeSecond = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

/** False for a text that is no time. */
const isSince = (text: string, since: string): boolean => Date.parse(text) >= Date.parse(since);
