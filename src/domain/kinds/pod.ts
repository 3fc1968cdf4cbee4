// Pod of Kubernetes, and the pods that a workload would create. Read for its labels, by which intents select it, and for its data plane.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { Metadata, StringMap } from './metadata.ts';
import { parserOf } from './parser.ts';

/** The data plane that carries a pod's traffic. Only `sidecar` obeys a Sidecar resource. */
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

/** Reads a pod, or its metadata only: annotations that Istio sets on the pod show the data plane. */
export const parsePod = parserOf(RawPod, ({ metadata }): Pod => {
  const { namespace, name, labels, annotations } = metadata;
  return { namespace, name, labels, dataPlane: dataPlaneOf(annotations) };
});

function dataPlaneOf(annotations: Readonly<Record<string, string>>): DataPlane {
  if (annotations[INJECTED] !== undefined) return 'sidecar';
  return annotations[AMBIENT] === 'enabled' ? 'ambient' : 'none';
}

const PodTemplate = z.object({ metadata: z.object({ labels: StringMap.default({}) }).prefault({}) });

const RawWorkload = z.object({
  kind: z.string(),
  metadata: Metadata,
  spec: z.object({
    template: PodTemplate.optional(),
    jobTemplate: z.object({ spec: z.object({ template: PodTemplate }) }).optional(),
  }),
});

/** The pod of a workload's template, with the name of the workload: `Deployment/web`. Its data plane is unknown. */
export const parseWorkload = parserOf(RawWorkload, ({ kind, metadata, spec }): Pod | undefined => {
  const template = spec.template ?? spec.jobTemplate?.spec.template;
  if (template === undefined) return undefined;
  return {
    namespace: metadata.namespace,
    name: `${kind}/${metadata.name}`,
    labels: template.metadata.labels,
    dataPlane: 'unknown',
  };
});
