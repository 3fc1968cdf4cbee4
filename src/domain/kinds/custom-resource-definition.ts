// CustomResourceDefinition of Kubernetes. Read for which kinds there are, and whether that of EgressIntent was replaced. Only its metadata is kept.
import { z } from 'zod';
import { API_GROUP, PLURAL } from '../api-group.ts';
import { parserOf } from './parser.ts';

export type CustomResourceDefinition = {
  /** The plural of the kind, then its group: `sidecars.networking.istio.io`. */
  readonly name: string;
  /** Empty for a definition that was read from a file. One that is created again has another. */
  readonly uid: string;
  /** Whole seconds, as Kubernetes stores them: `2026-01-02T03:04:05Z`. Empty for a definition that was read from a file. */
  readonly creationTimestamp: string;
  /** Changes with the spec, such as the served versions. */
  readonly generation: number;
  /** Deletion is requested. Kubernetes deletes every object of the kind then, and the definition after them. */
  readonly isTerminating: boolean;
};

/** The name of the definition of EgressIntent. */
export const INTENT_DEFINITION = `${PLURAL}.${API_GROUP}`;

const RawDefinition = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string().default(''),
    creationTimestamp: z.string().default(''),
    generation: z.number().default(0),
    deletionTimestamp: z.string().default(''),
  }),
});

export const parseCustomResourceDefinition = parserOf(
  RawDefinition,
  ({
    metadata: { name, uid, creationTimestamp, generation, deletionTimestamp },
  }): CustomResourceDefinition => ({
    name,
    uid,
    creationTimestamp,
    generation,
    isTerminating: deletionTimestamp !== '',
  }),
);
