// What the compiler needs to know of the cluster's own objects. Each parser takes what an API server or a file holds and
// keeps only that; it answers undefined for an object that is not of its kind.
import { z } from 'zod';
import type { Labels } from './labels.ts';

const Texts = z.record(z.string(), z.string());

const Metadata = z.object({
  name: z.string(),
  namespace: z.string().default('default'),
  labels: Texts.default({}),
  annotations: Texts.default({}),
});

/** Which data plane carries a pod's traffic. Only a sidecar obeys a Sidecar resource. */
export type DataPlane = 'sidecar' | 'ambient' | 'none' | 'unknown';

export type Pod = {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly dataPlane: DataPlane;
};

export type ServicePort = {
  readonly number: number;
  readonly name: string;
  readonly protocol: string;
  readonly appProtocol: string;
};

export type Service = {
  readonly namespace: string;
  readonly name: string;
  readonly kind: 'cluster-ip' | 'headless' | 'external-name';
  readonly ports: readonly ServicePort[];
  readonly exportTo: ExportTo;
  /** Where an ExternalName leads, in lower case without a trailing dot; empty for the others. */
  readonly externalName: string;
};

/** Namespaces that may see an object: names, or `*` for all, `.` for its own, `~` for none. Empty: the mesh's default. */
export type ExportTo = readonly string[];

/** Whether a namespace can see an object; `byDefault` is what the mesh says of one that says nothing. */
export function isExportedTo(
  { namespace, exportTo }: { readonly namespace: string; readonly exportTo: ExportTo },
  to: string,
  byDefault: ExportTo,
): boolean {
  const targets = exportTo.length === 0 ? byDefault : exportTo;
  return targets.some((target) => target === '*' || target === to || (target === '.' && namespace === to));
}

const RawService = z.object({
  kind: z.literal('Service').optional(),
  metadata: Metadata,
  spec: z.object({
    type: z.string().default('ClusterIP'),
    externalName: z.string().default(''),
    clusterIP: z.string().optional(),
    ports: z
      .array(
        z.object({
          port: z.number(),
          name: z.string().default(''),
          protocol: z.string().default('TCP'),
          appProtocol: z.string().default(''),
        }),
      )
      .default([]),
  }),
});

const EXPORT_TO = 'networking.istio.io/exportTo';

export function parseService(raw: unknown): Service | undefined {
  const parsed = RawService.safeParse(raw);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    kind: serviceKind(spec),
    ports: spec.ports.map(({ port, ...rest }) => ({ number: port, ...rest })),
    externalName: spec.externalName.toLowerCase().replace(/\.$/, ''),
    exportTo: (metadata.annotations[EXPORT_TO] ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  };
}

function serviceKind(spec: {
  readonly type: string;
  readonly clusterIP?: string | undefined;
}): Service['kind'] {
  if (spec.type === 'ExternalName') return 'external-name';
  return spec.clusterIP === 'None' ? 'headless' : 'cluster-ip';
}

const RawPod = z.object({ metadata: Metadata });

const INJECTED = 'sidecar.istio.io/status';
const AMBIENT = 'ambient.istio.io/redirection';

/** Reads a pod, or only its metadata: the annotations that Istio leaves behind tell which data plane it has. */
export function parsePod(raw: unknown): Pod | undefined {
  const parsed = RawPod.safeParse(raw);
  if (!parsed.success) return undefined;
  const { namespace, name, labels, annotations } = parsed.data.metadata;
  return { namespace, name, labels, dataPlane: dataPlane(annotations) };
}

function dataPlane(annotations: Labels): DataPlane {
  if (annotations[INJECTED] !== undefined) return 'sidecar';
  return annotations[AMBIENT] === 'enabled' ? 'ambient' : 'none';
}

const PodTemplate = z.object({ metadata: z.object({ labels: Texts.default({}) }) });
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
