// What the mesh says of itself: its MeshConfig, and which istiods run.
import { parse } from 'yaml';
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { parseVersion, type IstioVersion } from './istio-version.ts';
import type { ExportTo } from '../istio/visibility.ts';

export type MeshConfig = {
  /** The namespace of the ConfigMap, and its name. */
  readonly namespace: string;
  readonly name: string;
  /** Where objects count for the whole mesh. */
  readonly rootNamespace: string;
  /** Whether the mesh has its proxies answer DNS; a workload may say otherwise for itself. */
  readonly dnsCapture: boolean;
  /** Providers that are services, as MeshConfig names them: `host` or `namespace/host`. */
  readonly providers: readonly { readonly name: string; readonly service: string }[];
  /** Names of the providers that every workload uses. */
  readonly defaultProviders: readonly string[];
  /** Who may see an object that does not say; ServiceEntries count as Services. */
  readonly exportTo: Readonly<Record<ExportedKind, ExportTo>>;
};

export type ExportedKind = 'Service' | 'VirtualService' | 'DestinationRule';

/** One istiod, as its pod says. */
export type Istiod = { readonly pod: string; readonly version: IstioVersion };

/** A mesh that is being upgraded by revisions has several of both. In order of name. */
export type Mesh = { readonly configs: readonly MeshConfig[]; readonly istiods: readonly Istiod[] };

/** Where Istio's own namespace cannot be asked. */
export const UNKNOWN_MESH: Mesh = { configs: [], istiods: [] };

export const DEFAULT_ROOT_NAMESPACE = 'istio-system';
export const EVERY_NAMESPACE: ExportTo = ['*'];
const DefaultExportTo = z
  .array(z.string())
  .default([])
  .transform((list): ExportTo => (list.length === 0 ? EVERY_NAMESPACE : list));
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
});

const RawConfigMap = z.object({
  metadata: z.object({ name: z.string().regex(/^istio(-|$)/), namespace: z.string() }),
  data: z.object({ mesh: z.string() }),
});

/**
 * Reads the ConfigMap that istiod reads: `istio`, or `istio-REVISION`, with a MeshConfig in YAML under `mesh`. Anything else, and one
 * that is no YAML, gives nothing. Source: istio/istio pilot/pkg/bootstrap/mesh.go, getMeshConfigMapName.
 */
export function parseMeshConfig(raw: unknown): MeshConfig | undefined {
  const configMap = RawConfigMap.safeParse(raw);
  if (!configMap.success) return undefined;
  const { metadata, data } = configMap.data;
  const parsed = RawMeshConfig.safeParse(yamlOf(data.mesh));
  if (!parsed.success) return undefined;
  const { rootNamespace, extensionProviders, defaultProviders, defaultConfig, ...defaults } = parsed.data;
  const { tracing, metrics, accessLogging } = defaultProviders;
  return {
    ...metadata,
    rootNamespace,
    dnsCapture: String(defaultConfig.proxyMetadata['ISTIO_META_DNS_CAPTURE']) === 'true',
    providers: extensionProviders.flatMap(providerOf),
    defaultProviders: [...tracing, ...metrics, ...accessLogging],
    exportTo: {
      Service: defaults.defaultServiceExportTo,
      VirtualService: defaults.defaultVirtualServiceExportTo,
      DestinationRule: defaults.defaultDestinationRuleExportTo,
    },
  };
}

function yamlOf(text: string): unknown {
  try {
    return parse(text) ?? {};
  } catch {
    return undefined;
  }
}

const Backend = z.object({ service: z.string() });

/** A provider is its name and one further field, whatever its kind; those that call nobody have no `service` in it. */
function providerOf({ name, ...kinds }: { readonly name: string }): MeshConfig['providers'] {
  return Object.values(kinds).flatMap((kind) => {
    const backend = Backend.safeParse(kind).data;
    return backend === undefined ? [] : [{ name, service: backend.service.toLowerCase() }];
  });
}

const VERSION_LABEL = 'app.kubernetes.io/version';

/** A pod of istiod that says its version, as those of Istio's own chart do since 1.24. */
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
