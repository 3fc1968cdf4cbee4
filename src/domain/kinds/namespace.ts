// Namespace of Kubernetes. Read only to know that it exists.
import { z } from 'zod';

export type Namespace = { readonly name: string };

const RawNamespace = z.object({ metadata: z.object({ name: z.string() }) });

export const parseNamespace = (raw: unknown): Namespace | undefined =>
  RawNamespace.safeParse(raw).data?.metadata;
