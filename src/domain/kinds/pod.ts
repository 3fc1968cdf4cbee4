// Pod of Kubernetes, and the pods that a workload would create. Read for its labels, by which intents select it, and for its data plane.
import { z } from 'zod';
import { INJECT } from '../istio/injection.ts';
import { interceptionOf, isGateway } from '../istio/pod-proxy.ts';
import type { Labels } from '../labels.ts';
import { Metadata, ObjectName, StringMap } from './metadata.ts';
import { parserOf } from './parser.ts';

/**
 * What carries a pod's calls. Only a sidecar proxy obeys a Sidecar resource:
 * - `hostNetwork`: the pod uses the network of its node, where Istio injects nothing
 * - `gateway`: its proxy is a gateway or a waypoint, to which no Sidecar applies
 * - `none`: no proxy was injected, or none will be
 * - `unknown`: the pod of a workload that is not started yet
 */
export type DataPlane = 'sidecar' | 'gateway' | 'ambient' | 'hostNetwork' | 'none' | 'unknown';

export type Pod = {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly dataPlane: DataPlane;
  /** The annotations that keep some of its calls from its proxy, each as `key: value`, in order of key. */
  readonly bypasses: readonly string[];
  /** Present if an annotation decides whether calls reach its proxy at all, so that the default of the mesh does not. */
  readonly ownInterception?: true;
  /** The ConfigMap, `namespace/name`, whose MeshConfig keeps all calls from the proxy; absent where none does. */
  readonly unintercepted?: string;
};

/** Of a watched pod only the metadata is known. */
const RawPod = z.object({
  metadata: Metadata,
  spec: z.object({ hostNetwork: z.boolean().default(false) }).prefault({}),
  status: z.object({ phase: z.string().default('') }).prefault({}),
});

/** Selects pods that have not finished: the containers of the others never run again. */
export const UNFINISHED = 'status.phase!=Succeeded,status.phase!=Failed';

/** Reads a pod, or its metadata only. Leaves out a pod that has finished. */
export const parsePod = parserOf(RawPod, ({ metadata, spec, status }): Pod | undefined => {
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return undefined;
  const { namespace, name, labels, annotations } = metadata;
  const dataPlane = dataPlaneOf(metadata, spec.hostNetwork) ?? (injected(annotations) ? 'sidecar' : 'none');
  return { namespace, name, labels, dataPlane, ...interceptionFields(annotations) };
});

/** A pod on the network of its node: that is not part of its metadata, so these pods are watched once more by a field selector. */
export type HostNetworkPod = { readonly namespace: string; readonly name: string };

const RawHostNetworkPod = z.object({ metadata: ObjectName });

export const parseHostNetworkPod = parserOf(RawHostNetworkPod, ({ metadata }): HostNetworkPod => metadata);

type Marks = { readonly labels: Labels; readonly annotations: Readonly<Record<string, string>> };

/** `undefined` where the pod has a sidecar proxy, or none for no reason that it shows. */
function dataPlaneOf({ labels, annotations }: Marks, hostNetwork: boolean): DataPlane | undefined {
  if (hostNetwork) return 'hostNetwork';
  if (isGateway(labels, annotations)) return 'gateway';
  return annotations[AMBIENT] === 'enabled' && !injected(annotations) ? 'ambient' : undefined;
}

function interceptionFields(annotations: Marks['annotations']): Pick<Pod, 'bypasses' | 'ownInterception'> {
  const { bypasses, ownInterception } = interceptionOf(annotations);
  return { bypasses, ...(ownInterception && { ownInterception }) };
}

/** Istio's injector sets it. */
const injected = (annotations: Marks['annotations']): boolean =>
  annotations['sidecar.istio.io/status'] !== undefined;

const AMBIENT = 'ambient.istio.io/redirection';

const PodTemplate = z.object({
  metadata: z.object({ labels: StringMap.default({}), annotations: StringMap.default({}) }).prefault({}),
  spec: z.object({ hostNetwork: z.boolean().default(false) }).prefault({}),
});

const RawWorkload = z.object({
  kind: z.string(),
  metadata: Metadata,
  spec: z.object({
    template: PodTemplate.optional(),
    jobTemplate: z.object({ spec: z.object({ template: PodTemplate }) }).optional(),
  }),
});

/**
 * The pod of a workload's template, with the name of the workload: `Deployment/web`. Its data plane is unknown as far as the template says, unless
 * `istioctl kube-inject` has written the proxy into it, or none will ever work.
 */
export const parseWorkload = parserOf(RawWorkload, ({ kind, metadata, spec }): Pod | undefined => {
  const template = spec.template ?? spec.jobTemplate?.spec.template;
  if (template === undefined) return undefined;
  const { labels, annotations } = template.metadata;
  const unstarted = isInjectionOff(template.metadata) ? 'none' : 'unknown';
  const dataPlane = dataPlaneOf(template.metadata, template.spec.hostNetwork);
  return {
    namespace: metadata.namespace,
    name: `${kind}/${metadata.name}`,
    labels,
    dataPlane: dataPlane ?? (injected(annotations) ? 'sidecar' : unstarted),
    ...interceptionFields(annotations),
  };
});

/** The label decides before the annotation. Source: istio/istio pkg/kube/inject/inject.go, injectRequired. */
const isInjectionOff = ({ labels, annotations }: Marks): boolean =>
  (labels[INJECT] ?? annotations[INJECT]) === 'false';
