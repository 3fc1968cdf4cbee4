// The fields of Istio's MeshConfig that are read, as its message of protobuf has them.
import { z } from 'zod';
import { withoutNulls } from '../kinds/absent.ts';
import type { ExportTo } from '../kinds/metadata.ts';
import { ServiceEntryVisibilitySchema } from '../kinds/service-entry-visibility.ts';
import { LabelSelectorSchema } from '../selectors/label-selector.ts';
import { sortedSet } from '../order.ts';
import { message } from './protojson.ts';
import { ProxyConfig } from './proxy-config.ts';

export const DEFAULT_ROOT_NAMESPACE = 'istio-system';
export const EVERY_NAMESPACE: ExportTo = ['*'];

const DefaultExportTo = z
  .array(z.string())
  .default([])
  .transform((list): ExportTo => (list.length === 0 ? EVERY_NAMESPACE : list));

/** With one selector that is not valid, istiod applies none. Source: istio/istio pkg/kube/namespace/filter.go, selectorsChanged. */
const DiscoverySelectors = z.preprocess(withoutNulls, z.array(LabelSelectorSchema)).catch([]).default([]);

const ProviderNames = z.array(z.string()).default([]);

/** Besides its name a provider has one field, named after its kind. */
const Provider = z.looseObject({ name: z.string().default('') });

/** istiod looks for `defaultConfig` and `defaultProviders` in the text, by these names. Source: istio/istio pkg/config/mesh/mesh.go, ApplyMeshConfig. */
export const MeshConfigMessage = message(
  {
    rootNamespace: z.string().default(DEFAULT_ROOT_NAMESPACE),
    extensionProviders: z.array(Provider).default([]),
    defaultProviders: message({
      tracing: ProviderNames,
      metrics: ProviderNames,
      accessLogging: ProviderNames,
    }).prefault({}),
    defaultConfig: ProxyConfig.prefault({}),
    defaultServiceExportTo: DefaultExportTo,
    defaultVirtualServiceExportTo: DefaultExportTo,
    defaultDestinationRuleExportTo: DefaultExportTo,
    discoverySelectors: DiscoverySelectors,
    serviceEntryVisibility: ServiceEntryVisibilitySchema.optional(),
  },
  ['defaultConfig', 'defaultProviders'],
);

/** What a text gives as the root namespace, wherever it stands and however the rest reads, in order of name. */
export const rootNamespacesNamedIn = (text: string): readonly string[] =>
  sortedSet([...text.matchAll(ROOT_NAMESPACE)].flatMap(([, ...names]) => names.filter(Boolean)));

const ROOT_NAMESPACE =
  /\broot(?:N|_n)amespace["']?\s*:\s*(?:[&!][^\s]*\s+)*[[{>|"'\s-]*([a-z0-9][-a-z0-9]*)/g;
