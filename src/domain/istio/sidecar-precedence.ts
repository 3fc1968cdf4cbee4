// Which Sidecar governs a pod: Istio uses the first that matches. Source: istio/istio pilot/pkg/model/push_context.go, initSidecarScopes.
import type { Labels } from '../labels.ts';
import { byEach, byKey, byNumber } from '../order.ts';

/** One of the Sidecars of a namespace. Without a selector it is namespace-wide. */
export type SidecarCandidate = {
  readonly name: string;
  readonly selector?: Labels;
  /** Whole seconds; absent before the Sidecar is created, which makes it younger than every live one. */
  readonly creationTimestamp?: string;
};

/** Sorts after every timestamp. */
export const NOT_CREATED = '~';

/** Sidecars with a selector first, then the oldest, then by name. */
export const inPrecedence = byEach<SidecarCandidate>(
  byNumber(({ selector }) => (selector === undefined ? 1 : 0)),
  byKey(({ creationTimestamp = NOT_CREATED }) => creationTimestamp),
  byKey(({ name }) => name),
);
