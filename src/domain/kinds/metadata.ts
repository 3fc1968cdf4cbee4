// The parts of an object that many kinds share.
import { z } from 'zod';
import type { Labels } from '../labels.ts';

export const StringMap = z.record(z.string(), z.string());

/** An object without a namespace is taken for one of namespace `default`, as kubectl does with a file. */
export const ObjectName = z.object({ name: z.string(), namespace: z.string().default('default') });

export const Metadata = ObjectName.extend({
  labels: StringMap.default({}),
  annotations: StringMap.default({}),
});

export const ExportToList = z.array(z.string()).default([]);

export type WorkloadPolicy = {
  readonly kind: 'Telemetry' | 'AuthorizationPolicy' | 'RequestAuthentication';
  readonly namespace: string;
  readonly name: string;
  /** Empty for every workload of the namespace or, in the root namespace, of the mesh. */
  readonly selector: Labels;
};

export const WorkloadSelector = z.object({ matchLabels: StringMap.default({}) }).default({ matchLabels: {} });
