// Which changes are only the echo of a run's own writes, so that they need no further run of its namespace.
import { isDeepStrictEqual } from 'node:util';
import type { WatchedKind, WatchedObjects } from '../../cluster/kinds.ts';
import type { Change } from '../../cluster/store.ts';
import { GENERATED_KINDS, type GeneratedKind } from '../../domain/kinds/manifest.ts';
import type { StatusResult, StepResult } from './apply.ts';

/** Names one version of an object: `Kind/namespace/name@resourceVersion`. */
export type ObjectVersion = string;

const versionOf = (kind: string, namespace: string, name: string, version: string): ObjectVersion =>
  `${kind}/${namespace}/${name}@${version}`;

/**
 * The version that a change has led to, where a run may have caused the whole of it. Undefined for a creation, for a deletion, and where more than
 * the status of an intent is another one: after a new list, a change of its spec may hide behind our status.
 */
export function possibleEcho<K extends WatchedKind>(
  kind: K,
  { before, after, identity }: Change<WatchedObjects[K]>,
): ObjectVersion | undefined {
  if (before === undefined || after === undefined) return undefined;
  const mayBeOurs =
    kind === 'EgressIntent'
      ? isDeepStrictEqual(withoutStatus(before), withoutStatus(after))
      : isGenerated(kind);
  if (!mayBeOurs) return undefined;
  return versionOf(kind, identity.namespace, identity.name, identity.resourceVersion);
}

const isGenerated = (kind: WatchedKind): boolean =>
  GENERATED_KINDS.some((generated: GeneratedKind) => generated === kind);

const withoutStatus = (object: object): object => ({ ...object, status: undefined, conditions: [] });

/**
 * The versions that a run wrote. Empty unless it only updated objects: what is created gets its age from the server, by which Istio and the compiler
 * decide, and what others wait for may be possible once something is gone.
 */
export function versionsWritten(
  steps: readonly StepResult[],
  statuses: readonly StatusResult[],
): ReadonlySet<ObjectVersion> {
  if (steps.some(({ step }) => step.kind === 'delete' || step.verb === 'create')) return new Set();
  return new Set([
    ...steps.flatMap(({ step, result }) =>
      step.kind === 'apply' && result.ok && result.value !== undefined
        ? [writtenVersion(step.manifest.kind, step.manifest.metadata, result.value)]
        : [],
    ),
    ...statuses.flatMap(({ intent, result }) =>
      result.ok && result.value !== undefined ? [writtenVersion('EgressIntent', intent, result.value)] : [],
    ),
  ]);
}

const writtenVersion = (
  kind: WatchedKind,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { resourceVersion }: { readonly resourceVersion: string },
): ObjectVersion => versionOf(kind, namespace, name, resourceVersion);
