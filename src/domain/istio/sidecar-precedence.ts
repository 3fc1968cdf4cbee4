// Which Sidecar Istio gives a pod. Source: istio/istio pilot/pkg/model/push_context.go, initSidecarScopes.
import type { Labels } from '../labels.ts';
import { byEach, byNumber, byKey } from '../order.ts';

/** A Sidecar among others of its namespace. A selector that is absent means namespace-wide. */
export type SidecarCandidate = {
  readonly name: string;
  readonly selector?: Labels;
  /** Whole seconds; absent for one that is yet to be created, and so younger than all that stand. */
  readonly creationTimestamp?: string;
};

export const NOT_CREATED = '~';

/** Istio takes the first that matches: those with a selector before those without, then the oldest, then by name. */
export const inPrecedence = byEach<SidecarCandidate>(
  byNumber(({ selector }) => (selector === undefined ? 1 : 0)),
  byKey(({ creationTimestamp = NOT_CREATED }) => creationTimestamp),
  byKey(({ name }) => name),
);
