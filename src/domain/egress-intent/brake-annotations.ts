// The annotations by which people hold the controller back, and let it go on.
import { API_GROUP } from '../api-group.ts';

/** Of an EgressIntent or a Namespace: what stands for it stays as it is. */
export const PAUSED = `${API_GROUP}/paused`;

/** Of the Namespace of istiod: the time from the message of the brake, or any later one. */
export const ACKNOWLEDGED = `${API_GROUP}/acknowledged`;

/** Everything that Go reads as true counts: whoever writes `True` wants it. */
export const isPaused = (annotations: Readonly<Record<string, string>>): boolean =>
  /^(?:1|t|true)$/i.test(annotations[PAUSED] ?? '');
