// Which istiods read an object: one with the label `istio.io/rev` is read by those of that revision only. Tags do not count. Source: istio/istio
// pkg/config/model.go, LabelsInRevision.
import type { Mesh } from '../kinds/mesh-config.ts';
import type { Labels } from '../labels.ts';

export const REVISION = 'istio.io/rev';

type Revisions = Pick<Mesh, 'revisions'>;

/** True if every istiod of the mesh reads an object with these labels, as far as is known of them. */
export function isReadByAll(labels: Labels, { revisions = [] }: Revisions): boolean {
  const revision = labels[REVISION];
  return (
    revision === undefined || (revisions.length > 0 && revisions.every((running) => running === revision))
  );
}

/** True if no istiod of the mesh reads an object of this revision. Never where some of them are not known. */
export const isReadByNone = (revision: string | undefined, { revisions = [] }: Revisions): boolean =>
  revision !== undefined &&
  revisions.length > 0 &&
  revisions.every((running) => running !== undefined && running !== revision);
