// The step that takes away a live object of ours.
import type { LiveObject } from '../domain/istio.ts';
import { objectId, type Step } from '../domain/model.ts';

/** By uid, so that another object which took the name is left alone. It waits for the success of every step before it. */
export const deletion = ({ kind, namespace, name, uid }: LiveObject): Step => ({
  kind: 'delete',
  id: objectId(kind, name),
  needs: 'every',
  of: kind,
  namespace,
  name,
  uid,
});
