// The objects of a namespace once a plan is carried out.
import type { Snapshot } from '../cluster/snapshot.ts';
import {
  ISTIO_API_VERSION,
  objectId,
  type GeneratedKind,
  type LiveObject,
  type Manifest,
} from '../domain/kinds/manifest.ts';
import { definitionOf } from '../compile/lost-intents.ts';
import { serviceEntryManifest, sidecarManifest } from './manifests.ts';
import type { Plan } from './steps.ts';

/** An object as it stands, without what the API server adds. */
type StandingObject = {
  readonly apiVersion: string;
  readonly kind: GeneratedKind;
  readonly metadata: Omit<Manifest['metadata'], 'uid'>;
  readonly spec: unknown;
};

/** ServiceEntries in order of name, then Sidecars, most specific first; those that are withheld are left out. */
export function desiredManifests(
  plan: Plan,
  { namespace, definition }: Pick<Snapshot, 'namespace' | 'definition'>,
): readonly Manifest[] {
  const withheld = new Set(plan.withheld.map(({ kind, name }) => objectId(kind, name)));
  return [
    ...plan.serviceEntries.map(({ live, ...desired }) =>
      serviceEntryManifest(namespace, desired, undefined, definitionOf(desired.intents, definition, live)),
    ),
    ...plan.sidecars.map(({ name, desired, live }) =>
      sidecarManifest(
        namespace,
        name,
        desired,
        undefined,
        definitionOf(desired.scope.intents, definition, live),
      ),
    ),
  ].filter(({ kind, metadata }) => !withheld.has(objectId(kind, metadata.name)));
}

/** Every managed object, as the controller has written it or leaves it: `desiredManifests`, then what stays as it is, in order of kind and name. */
export function objectsAfter(
  plan: Plan,
  snapshot: Pick<Snapshot, 'namespace' | 'definition' | 'sidecars' | 'serviceEntries'>,
): readonly StandingObject[] {
  const desired = desiredManifests(plan, snapshot);
  const gone = new Set([
    ...desired.map(({ kind, metadata }) => objectId(kind, metadata.name)),
    ...plan.phases.flat().flatMap((step) => (step.kind === 'delete' ? [step.id] : [])),
  ]);
  const staying = [...snapshot.serviceEntries, ...snapshot.sidecars].filter(
    ({ managed, kind, name }) => managed && !gone.has(objectId(kind, name)),
  );
  return [...desired, ...staying.map(standing)];
}

const standing = ({ kind, name, namespace, labels, annotations, spec }: LiveObject): StandingObject => ({
  apiVersion: ISTIO_API_VERSION,
  kind,
  metadata: { name, namespace, labels, annotations },
  spec,
});
