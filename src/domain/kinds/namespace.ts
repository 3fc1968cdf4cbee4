// Namespace of Kubernetes. Read to know that it exists, and for the labels by which MeshConfig selects it.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { StringMap } from './metadata.ts';
import { parserOf } from './parser.ts';

export type Namespace = {
  readonly name: string;
  /** Absent for a namespace of which only the objects in it are known. */
  readonly labels?: Labels;
};

const RawNamespace = z.object({ metadata: z.object({ name: z.string(), labels: StringMap.default({}) }) });

/** The API server adds this label to every namespace; a namespace in a file may lack it. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

export const parseNamespace = parserOf(RawNamespace, ({ metadata: { name, labels } }): Namespace => ({
  name,
  labels: { ...labels, [NAME_LABEL]: name },
}));
