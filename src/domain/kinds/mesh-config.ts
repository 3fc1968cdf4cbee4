// ConfigMap of Kubernetes that holds Istio's MeshConfig, read for defaults that affect outbound calls; and istiod, read for its version.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { parseVersion, type IstioVersion } from '../istio-version.ts';
import { problemText, type Problem } from '../problem.ts';
import type { LabelSelector } from '../selectors/label-selector.ts';
import { MeshConfigMessage, rootNamespacesNamedIn } from '../mesh-config/mesh-config-message.ts';
import { capturesDns } from '../mesh-config/proxy-config.ts';
import { firstDocument } from '../yaml/yaml-text.ts';
import { withoutNulls } from './absent.ts';
import { ObjectName, type ExportTo } from './metadata.ts';
import type { ServiceEntryVisibility } from './service-entry-visibility.ts';
import { parserOf } from './parser.ts';

export type MeshConfig = {
  /** The namespace of the ConfigMap, and its name. */
  readonly namespace: string;
  readonly name: string;
  /** The namespace whose policies apply to the whole mesh. */
  readonly rootNamespace: string;
  /** True if proxies answer DNS themselves; a workload may override it. */
  readonly dnsCapture: boolean;
  /** Present if calls of pods do not reach their proxies, unless a workload overrides it. */
  readonly interceptsNothing?: true;
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
  /** What the newest version names as the root namespace, if it cannot be read: istiod may read it otherwise. In order of name. */
  readonly possibleRootNamespaces?: readonly string[];
};

export type ExportedKind = 'Service' | 'VirtualService' | 'DestinationRule';

/** One istiod, by the labels of its pod. */
export type Istiod = { readonly pod: string; readonly version: IstioVersion };

/** In order of name. During an upgrade by revisions a mesh has several of both. */
export type Mesh = {
  readonly configs: readonly MeshConfig[];
  readonly istiods: readonly Istiod[];
  /** The revision of each istiod, `undefined` where its pod does not say it. Absent or empty where no istiod is known. */
  readonly revisions?: readonly (string | undefined)[];
  /** Where istiod and its MeshConfig are looked for; the usual namespace if absent. */
  readonly istioNamespace?: string;
};

/** Where istiod and its MeshConfig usually are. */
export const DEFAULT_ISTIO_NAMESPACE = 'istio-system';
/** Any ConfigMap of istiod with a MeshConfig; istiod has others too. */
const RelevantConfigMap = z.object({
  metadata: z.object({ name: z.string().regex(/^istio(-|$)/) }),
  data: z.object({ mesh: z.unknown().refine((mesh) => mesh !== undefined && mesh !== null) }),
});

const RawConfigMap = z.object({
  metadata: ObjectName,
  data: z.object({ mesh: z.string().transform(valuesOf).pipe(MeshConfigMessage) }),
});

/**
 * Reads the ConfigMap that istiod reads: `istio`, or `istio-REVISION`, with a MeshConfig in YAML under `mesh`. Leaves out any other
 * ConfigMap. Source: istio/istio pilot/pkg/bootstrap/mesh.go, getMeshConfigMapName.
 */
export const parseMeshConfig = parserOf(
  RawConfigMap,
  ({ metadata, data: { mesh } }): MeshConfig => {
    const { rootNamespace, discoverySelectors, serviceEntryVisibility } = mesh;
    const { tracing, metrics, accessLogging } = mesh.defaultProviders;
    return {
      ...metadata,
      rootNamespace,
      dnsCapture: capturesDns(mesh.defaultConfig),
      ...(mesh.defaultConfig.interceptionMode === 'NONE' && { interceptsNothing: true }),
      providers: providersOf(mesh.extensionProviders),
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
  return (
    base && {
      ...base,
      unreadable: { problem: problems.map(problemText).join('; '), isKnown },
      possibleRootNamespaces: rootNamespacesNamedIn(TextOfMesh.safeParse(raw).data?.data.mesh ?? ''),
    }
  );
}

const TextOfMesh = z.object({ data: z.object({ mesh: z.string() }) });

const NamedObject = z.object({ metadata: ObjectName });

function valuesOf(text: string, context: z.RefinementCtx): unknown {
  const read = firstDocument(text);
  if (read.ok) return read.value ?? {};
  context.addIssue({ code: 'custom', message: `is not YAML: ${read.error}` });
  return z.NEVER;
}

const Backend = z.object({ service: z.string() });

type RawProvider = z.output<typeof MeshConfigMessage>['extensionProviders'][number];

/** Kinds that call no service have no `service`. Of several providers with one name the last counts. */
function providersOf(all: readonly RawProvider[]): MeshConfig['providers'] {
  return [...new Map(all.map((provider) => [provider.name, provider])).values()].flatMap(
    ({ name, ...kinds }) =>
      Object.values(kinds).flatMap((kind) => {
        const backend = Backend.safeParse(kind).data;
        return backend === undefined ? [] : [{ name, service: backend.service.toLowerCase() }];
      }),
  );
}

const VERSION_LABEL = 'app.kubernetes.io/version';

/** True for the labels of a pod of istiod. */
export const isIstiod = (labels: Labels): boolean => labels['app'] === 'istiod';

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
  const version = isIstiod(labels) ? parseVersion(labels[VERSION_LABEL] ?? '') : undefined;
  return version === undefined ? undefined : { pod: `${namespace}/${name}`, version };
}
