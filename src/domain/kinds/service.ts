// Service of Kubernetes. Read for the host that Istio registers for it: its ports and their protocols, how it is addressed, who can see it.
import { z } from 'zod';
import { ipAddressesOf } from '../network.ts';
import { Metadata, type ExportTo } from './metadata.ts';
import { parserOf } from './parser.ts';

export type ServicePort = {
  readonly number: number;
  readonly name: string;
  readonly protocol: string;
  readonly appProtocol: string;
  /** Of the pods; absent where it is not given, or by name. */
  readonly targetPort?: number;
};

export type Service = {
  readonly namespace: string;
  readonly name: string;
  /** RFC 3339; empty where it is not known. */
  readonly creationTimestamp: string;
  readonly kind: 'cluster-ip' | 'headless' | 'external-name';
  readonly ports: readonly ServicePort[];
  /** One for each family of addresses; none for a headless Service, and where no address is known. */
  readonly clusterIps: readonly string[];
  readonly exportTo: ExportTo;
  /** The target of an ExternalName Service, in lower case; empty for the others. */
  readonly externalName: string;
};

const RawService = z.object({
  kind: z.literal('Service').optional(),
  metadata: Metadata.extend({ creationTimestamp: z.string().default('') }),
  spec: z.object({
    type: z.string().default('ClusterIP'),
    externalName: z.string().default(''),
    clusterIP: z.string().default(''),
    clusterIPs: z.array(z.string()).default([]),
    ports: z
      .array(
        z.object({
          port: z.number(),
          name: z.string().default(''),
          protocol: z.string().default('TCP'),
          appProtocol: z.string().default(''),
          targetPort: z.unknown().optional(),
        }),
      )
      .default([]),
  }),
});

/** The annotation that a Service has instead of a field `exportTo`, with the same values separated by commas. */
const EXPORT_TO_ANNOTATION = 'networking.istio.io/exportTo';

export const parseService = parserOf(RawService, ({ metadata, spec }): Service => ({
  namespace: metadata.namespace,
  name: metadata.name,
  creationTimestamp: metadata.creationTimestamp,
  kind: serviceKind(spec),
  ports: spec.ports.map(({ port, targetPort, ...rest }) => ({
    number: port,
    ...rest,
    ...(typeof targetPort === 'number' && { targetPort }),
  })),
  clusterIps: ipAddressesOf([spec.clusterIP, ...spec.clusterIPs]),
  externalName: spec.externalName.toLowerCase(),
  exportTo: (metadata.annotations[EXPORT_TO_ANNOTATION] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
}));

function serviceKind(spec: { readonly type: string; readonly clusterIP: string }): Service['kind'] {
  if (spec.type === 'ExternalName') return 'external-name';
  return spec.clusterIP === 'None' ? 'headless' : 'cluster-ip';
}
