// Namespace of Kubernetes. Read to know that it exists, and for the labels by which MeshConfig selects it.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { ACKNOWLEDGED, pauseOf, type Pause } from '../egress-intent/brake-annotations.ts';
import { StringMap } from './metadata.ts';
import { parserOf } from './parser.ts';

/** Where it is paused, nothing of ours in it may change. */
export type Namespace = Pause & {
  readonly name: string;
  /** Absent for a namespace of which only the objects in it are known. */
  readonly labels?: Labels;
  /** Its deletion is requested: nothing new can be created in it, and Kubernetes deletes what it holds. */
  readonly isTerminating?: true;
  /** Up to which time held deletions are acknowledged, as an RFC 3339 text. */
  readonly acknowledged?: string;
};

const RawNamespace = z.object({
  metadata: z.object({
    name: z.string(),
    labels: StringMap.default({}),
    annotations: StringMap.default({}),
    deletionTimestamp: z.string().default(''),
  }),
});

/** The API server adds this label to every namespace; a namespace in a file may lack it. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

export const parseNamespace = parserOf(RawNamespace, ({ metadata }): Namespace => {
  const { name, labels, annotations, deletionTimestamp } = metadata;
  const acknowledged = annotations[ACKNOWLEDGED];
  return {
    name,
    labels: { ...labels, [NAME_LABEL]: name },
    ...pauseOf(annotations),
    ...(deletionTimestamp !== '' && { isTerminating: true }),
    ...(acknowledged !== undefined && { acknowledged }),
  };
});
