// The memories of the namespaces that ran last. One is a multiple of what it remembers, so not every namespace of a big cluster has one: none
// that ran only once, as after a restart that finds everything in place.
import { createMemo, type Memo } from './memo.ts';

export type Memos = {
  /** That of a namespace, or an empty one if it ran too long ago. What the first run of a namespace remembers is not kept. */
  readonly of: (namespace: string) => Memo;
};

/** `limit` is the number of values that all of them remember together, less than 1 KB each. */
export function createMemos(limit = 20_000): Memos {
  /** That of the namespace that ran last is last. */
  const memos = new Map<string, { readonly memo: Memo; size: number }>();
  const known = new Set<string>();
  let total = 0;
  let last: string | undefined;

  function measure(namespace: string): void {
    const kept = memos.get(namespace);
    if (kept === undefined) return;
    total += kept.memo.size() - kept.size;
    kept.size = kept.memo.size();
  }
  function forgetOldest(): void {
    for (const [namespace, { size }] of memos) {
      if (total <= limit || namespace === last) return;
      memos.delete(namespace);
      total -= size;
    }
  }

  return {
    of: (namespace) => {
      if (last !== undefined) measure(last);
      if (!known.has(namespace)) {
        known.add(namespace);
        return createMemo();
      }
      const kept = memos.get(namespace) ?? { memo: createMemo(), size: 0 };
      memos.delete(namespace);
      memos.set(namespace, kept);
      last = namespace;
      forgetOldest();
      return kept.memo;
    },
  };
}
