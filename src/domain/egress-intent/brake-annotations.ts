// The annotations by which people hold the controller back, and let it go on.
import { API_GROUP } from '../api-group.ts';

/** Of an EgressIntent or a Namespace: what stands for it stays as it is. */
export const PAUSED = `${API_GROUP}/paused`;

/** Of the Namespace of istiod: the time from the message of the brake, or any later one. */
export const ACKNOWLEDGED = `${API_GROUP}/acknowledged`;

/** What the annotations of an EgressIntent or a Namespace say about its pause. */
export type Pause = {
  /** What stands for it stays as it is. */
  readonly isPaused?: true;
  /** The value of the annotation, where it is neither true nor false; it pauses nothing. */
  readonly unknownPause?: string;
};

/** Everything that Go reads as true counts: whoever writes `True` wants it. */
export function pauseOf(annotations: Readonly<Record<string, string>>): Pause {
  const value = annotations[PAUSED] ?? '';
  if (/^(?:1|t|true)$/i.test(value)) return { isPaused: true };
  return /^(?:|0|f|false)$/i.test(value) ? {} : { unknownPause: value };
}
