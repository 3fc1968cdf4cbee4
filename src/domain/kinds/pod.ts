// Pods, and the pods that a workload would create: their labels and their data plane.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { Metadata, StringMap } from './metadata.ts';

/** Which data plane carries a pod's traffic. Only a sidecar obeys a Sidecar resource. */
type DataPlane = 'sidecar' | 'ambient' | 'none' | 'unknown';

export type Pod = {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly dataPlane: DataPlane;
};

const RawPod = z.object({ metadata: Metadata });

const INJECTED = 'sidecar.istio.io/status';

const AMBIENT = 'ambient.istio.io/redirection';

/** Reads a pod, or only its metadata: the annotations that Istio leaves behind tell which data plane it has. */
export function parsePod(raw: unknown): Pod | undefined {
  const parsed = RawPod.safeParse(raw);
  if (!parsed.success) return undefined;
  const { namespace, name, labels, annotations } = parsed.data.metadata;
  return { namespace, name, labels, dataPlane: dataPlaneOf(annotations) };
}

export function dataPlaneOf(annotations: Labels): DataPlane {
  if (annotations[INJECTED] !== undefined) return 'sidecar';
  return annotations[AMBIENT] === 'enabled' ? 'ambient' : 'none';
}

const PodTemplate = z.object({ metadata: z.object({ labels: StringMap.default({}) }) });

const RawWorkload = z.object({
  kind: z.string(),
  metadata: Metadata,
  spec: z.object({
    template: PodTemplate.optional(),
    jobTemplate: z.object({ spec: z.object({ template: PodTemplate }) }).optional(),
  }),
});

/** The pod that a workload's template would give, named after the workload: `Deployment/web`. Its data plane is unknown. */
export function parseWorkload(raw: unknown): Pod | undefined {
  const parsed = RawWorkload.safeParse(raw);
  if (!parsed.success) return undefined;
  const { kind, metadata, spec } = parsed.data;
  const template = spec.template ?? spec.jobTemplate?.spec.template;
  if (template === undefined) return undefined;
  return {
    namespace: metadata.namespace,
    name: `${kind}/${metadata.name}`,
    labels: template.metadata.labels,
    dataPlane: 'unknown',
  };
}
