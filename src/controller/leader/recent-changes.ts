// What changed lately while another replica led: where that one may have been stopped before it had written.

/** A leader that is killed leaves its Lease for 15 s; it had written what is older than that. */
const WINDOW_MS = 60_000;

export type RecentChanges = {
  readonly note: (namespaces: Iterable<string>) => void;
  /** The namespaces that changed within the window, the last one first. */
  readonly latestFirst: () => readonly string[];
};

export function createRecentChanges(): RecentChanges {
  const changedAt = new Map<string, number>(); // in the order of the changes
  function forgetOld(): void {
    for (const [namespace, at] of changedAt) {
      if (at > performance.now() - WINDOW_MS) return;
      changedAt.delete(namespace);
    }
  }
  return {
    note: (namespaces) => {
      for (const namespace of namespaces) {
        changedAt.delete(namespace);
        changedAt.set(namespace, performance.now());
      }
      forgetOld();
    },
    latestFirst: () => {
      forgetOld();
      return [...changedAt.keys()].toReversed();
    },
  };
}
