// Schemas and types of fields that several kinds share. Knows no kind.
import { z } from 'zod';
import { REVISION } from '../istio/revision.ts';
import type { Labels } from '../labels.ts';

export const StringMap = z.record(z.string(), z.string());

/** An object without a namespace, or with an empty one, is in namespace `default`, as for kubectl. */
export const ObjectName = z.object({
  name: z.string(),
  namespace: z
    .string()
    .default('')
    .transform((namespace) => (namespace === '' ? 'default' : namespace)),
});

export const Metadata = ObjectName.extend({
  labels: StringMap.default({}),
  annotations: StringMap.default({}),
});

/** An object that only istiods of one revision may read. */
export type OfRevision = {
  /** The value of the label `istio.io/rev`; absent for an object that every istiod reads. */
  readonly revision?: string;
};

export const ConfigName = ObjectName.extend({ labels: StringMap.default({}) }).transform(
  ({ labels: { [REVISION]: revision }, ...name }) => ({
    ...name,
    ...(revision !== undefined && { revision }),
  }),
);

/** Namespaces that can see an object: names, `*` for all, `.` for its own namespace, `~` for none. Empty means the default of the mesh. */
export type ExportTo = readonly string[];

export const ExportToList = z.array(z.string()).default([]);

/** What is read of any Istio policy. */
export type WorkloadPolicy = OfRevision & {
  readonly namespace: string;
  readonly name: string;
  /** Empty for every workload of the namespace or, in a root namespace, of the mesh. */
  readonly selector: Labels;
};

export const WorkloadSelector = z.object({ matchLabels: StringMap.default({}) }).default({ matchLabels: {} });

/**
 * Hosts of objects that others write. Envoy matches names in any case, so hosts are compared in lower case; `spellings` are those that are written
 * otherwise, as they are written.
 */
export const spelledHosts = (
  hosts: readonly string[],
): { readonly hosts: readonly string[]; readonly spellings: readonly string[] } => ({
  hosts: hosts.map((host) => host.toLowerCase()),
  spellings: hosts.filter((host) => host !== host.toLowerCase()),
});
