// Waits for one event of a watch.
import type { KubeObject } from '../support/cluster.ts';

export type WatchFor = {
  /** Resolves with the time of the next event of an object of a namespace whose spec holds a text. One wait at a time. */
  readonly next: (namespace: string, text: string) => Promise<number>;
  readonly onEvent: (object: KubeObject, at: number) => void;
};

export function watchFor(): WatchFor {
  let wanted:
    { readonly namespace: string; readonly text: string; readonly found: (at: number) => void } | undefined;
  return {
    next: (namespace, text) =>
      new Promise((found) => {
        wanted = { namespace, text, found };
      }),
    onEvent: (object, at) => {
      if (wanted === undefined || object.metadata.namespace !== wanted.namespace) return;
      if (!JSON.stringify(object['spec']).includes(wanted.text)) return;
      wanted.found(at);
      wanted = undefined;
    },
  };
}
