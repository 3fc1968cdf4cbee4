// ConfigMap of Kubernetes that holds Istio's MeshConfig, read for defaults that affect outbound calls; and istiod, read for its version.
import { parse } from 'yaml';
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { parseVersion, type IstioVersion } from '../istio-version.ts';
import { problemText, type Problem } from '../problem.ts';
import { LabelSelectorSchema, type LabelSelector } from '../label-selector.ts';
import { withoutNulls } from './absent.ts';
import { ObjectName, type ExportTo } from './metadata.ts';
import { ServiceEntryVisibilitySchema, type ServiceEntryVisibility } from './service-entry-visibility.ts';
import { parserOf } from './parser.ts';

export type MeshConfig = {
  /** The namespace of the ConfigMap, and its name. */
  readonly namespace: string;
  readonly name: string;
  /** The namespace whose policies apply to the whole mesh. */
  readonly rootNamespace: string;
  /** True if proxies answer DNS themselves; a workload may override it. */
  readonly dnsCapture: boolean;
  /** Providers that are services, as MeshConfig names them: `host` or `namespace/host`. */
  readonly providers: readonly { readonly name: string; readonly service: string }[];
  /** Names of the providers that every workload uses. */
  readonly defaultProviders: readonly string[];
  /** The namespaces that can see an object without `exportTo`. ServiceEntries count as Services. */
  readonly exportTo: Readonly<Record<ExportedKind, ExportTo>>;
  /** istiod knows only namespaces that match one of them; every namespace if there are none. */
  readonly discoverySelectors: readonly LabelSelector[];
  /** Absent where the mesh's owner does not narrow who sees ServiceEntries. Istio knows it since 1.31. */
  readonly serviceEntryVisibility?: ServiceEntryVisibility;
  /** Present if the newest version of the ConfigMap cannot be read: why, and whether the rest is of an older version or Istio's defaults. */
  readonly unreadable?: { readonly problem: string; readonly isKnown: boolean };
};

export type ExportedKind = 'Service' | 'VirtualService' | 'DestinationRule';

/** One istiod, by the labels of its pod. */
export type Istiod = { readonly pod: string; readonly version: IstioVersion };

/** In order of name. During an upgrade by revisions a mesh has several of both. */
export type Mesh = {
  readonly configs: readonly MeshConfig[];
  readonly istiods: readonly Istiod[];
  /** Where istiod and its MeshConfig are looked for; the usual namespace if absent. */
  readonly istioNamespace?: string;
};

/** Where istiod and its MeshConfig usually are. */
export const DEFAULT_ISTIO_NAMESPACE = 'istio-system';
export const DEFAULT_ROOT_NAMESPACE = 'istio-system';
export const EVERY_NAMESPACE: ExportTo = ['*'];
const DefaultExportTo = z
  .array(z.string())
  .default([])
  .transform((list): ExportTo => (list.length === 0 ? EVERY_NAMESPACE : list));
/** With one selector that is not valid, istiod applies none. Source: istio/istio pkg/kube/namespace/filter.go, selectorsChanged. */
const DiscoverySelectors = z.array(LabelSelectorSchema).catch([]).default([]);
const ProviderNames = z.array(z.string()).default([]);
const RawMeshConfig = z.object({
  rootNamespace: z.string().default(DEFAULT_ROOT_NAMESPACE),
  extensionProviders: z.array(z.looseObject({ name: z.string() })).default([]),
  defaultProviders: z
    .object({ tracing: ProviderNames, metrics: ProviderNames, accessLogging: ProviderNames })
    .prefault({}),
  defaultConfig: z
    .object({ proxyMetadata: z.record(z.string(), z.union([z.string(), z.boolean()])).default({}) })
    .prefault({}),
  defaultServiceExportTo: DefaultExportTo,
  defaultVirtualServiceExportTo: DefaultExportTo,
  defaultDestinationRuleExportTo: DefaultExportTo,
  discoverySelectors: DiscoverySelectors,
  serviceEntryVisibility: ServiceEntryVisibilitySchema.optional(),
});

/** Any ConfigMap of istiod with a MeshConfig; istiod has others too. */
const RelevantConfigMap = z.object({
  metadata: z.object({ name: z.string().regex(/^istio(-|$)/) }),
  data: z.object({ mesh: z.unknown().refine((mesh) => mesh !== undefined && mesh !== null) }),
});

const RawConfigMap = z.object({
  metadata: ObjectName,
  data: z.object({ mesh: z.string().transform(valuesOf).pipe(RawMeshConfig) }),
});

/**
 * Reads the ConfigMap that istiod reads: `istio`, or `istio-REVISION`, with a MeshConfig in YAML under `mesh`. Leaves out any other
 * ConfigMap. Source: istio/istio pilot/pkg/bootstrap/mesh.go, getMeshConfigMapName.
 */
export const parseMeshConfig = parserOf(
  RawConfigMap,
  ({ metadata, data: { mesh } }): MeshConfig => {
    const { rootNamespace, extensionProviders, defaultProviders, defaultConfig, discoverySelectors } = mesh;
    const { tracing, metrics, accessLogging } = defaultProviders;
    const { serviceEntryVisibility } = mesh;
    return {
      ...metadata,
      rootNamespace,
      dnsCapture: String(defaultConfig.proxyMetadata['ISTIO_META_DNS_CAPTURE']) === 'true',
      providers: extensionProviders.flatMap(providerOf),
      defaultProviders: [...tracing, ...metrics, ...accessLogging],
      exportTo: {
        Service: mesh.defaultServiceExportTo,
        VirtualService: mesh.defaultVirtualServiceExportTo,
        DestinationRule: mesh.defaultDestinationRuleExportTo,
      },
      discoverySelectors,
      ...(serviceEntryVisibility === undefined ? {} : { serviceEntryVisibility }),
    };
  },
  (raw) => RelevantConfigMap.safeParse(raw).success,
);

/** What counts while a MeshConfig cannot be read: the last one that could, or the defaults of Istio. */
export function standInForMeshConfig(
  raw: unknown,
  problems: readonly Problem[],
  known: MeshConfig | undefined,
): MeshConfig | undefined {
  const metadata = NamedObject.safeParse(withoutNulls(raw)).data?.metadata;
  const defaults = parseMeshConfig({ metadata, data: { mesh: '' } });
  const base = known ?? defaults;
  const isKnown = known !== undefined && known.unreadable?.isKnown !== false;
  return base && { ...base, unreadable: { problem: problems.map(problemText).join('; '), isKnown } };
}

const NamedObject = z.object({ metadata: ObjectName });

/** The values of a text in YAML 1.1, as istiod reads it, without those that are null. */
function valuesOf(text: string, context: z.RefinementCtx): unknown {
  try {
    return withoutNulls(parse(text, { version: '1.1', logLevel: 'error' }) ?? {});
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: `is not YAML: ${error instanceof Error ? error.message : ''}`,
    });
    return z.NEVER;
  }
}

const Backend = z.object({ service: z.string() });

/** A provider has its name and one more field, named after its kind. Kinds that call no service have no `service` there. */
function providerOf({ name, ...kinds }: { readonly name: string }): MeshConfig['providers'] {
  return Object.values(kinds).flatMap((kind) => {
    const backend = Backend.safeParse(kind).data;
    return backend === undefined ? [] : [{ name, service: backend.service.toLowerCase() }];
  });
}

const VERSION_LABEL = 'app.kubernetes.io/version';

/** `undefined` for other pods, and for a pod of istiod without its version: Istio's chart labels it since 1.24. */
export function istiodOf({
  namespace,
  name,
  labels,
}: {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}): Istiod | undefined {
  const version = labels['app'] === 'istiod' ? parseVersion(labels[VERSION_LABEL] ?? '') : undefined;
  return version === undefined ? undefined : { pod: `${namespace}/${name}`, version };
}
