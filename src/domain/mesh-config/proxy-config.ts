// ProxyConfig of Istio: `defaultConfig` of MeshConfig, and the annotation `proxy.istio.io/config` of pods, which holds it as YAML.
import { z } from 'zod';
import { withoutNulls } from '../kinds/absent.ts';
import { firstDocument } from '../yaml/yaml-text.ts';
import { enumOf, message } from './protojson.ts';

/** As far as it is read. */
export const ProxyConfig = message({
  /** Absent where the default of the mesh decides, and in MeshConfig for REDIRECT. */
  interceptionMode: enumOf(['REDIRECT', 'TPROXY', 'NONE']).optional(),
  proxyMetadata: z.preprocess(withoutNulls, z.record(z.string(), z.string())).default({}),
});

export type ProxyConfig = z.output<typeof ProxyConfig>;

/** `undefined` for an annotation that Istio cannot read: its injector then starts no proxy. Source: istio/istio pkg/config/mesh/mesh.go, MergeProxyConfig. */
export function proxyConfigIn(annotation: string): ProxyConfig | undefined {
  const parsed = firstDocument(annotation);
  return parsed.ok ? ProxyConfig.safeParse(parsed.value ?? {}).data : undefined;
}

/** True if proxies answer DNS themselves. Source: istio/istio pkg/model/proxy.go, StringBool. */
export const capturesDns = ({ proxyMetadata }: ProxyConfig): boolean =>
  TRUE.has(proxyMetadata['ISTIO_META_DNS_CAPTURE']);

/** What Go's strconv.ParseBool takes for true. */
const TRUE: ReadonlySet<string | undefined> = new Set(['1', 't', 'T', 'true', 'True', 'TRUE']);
