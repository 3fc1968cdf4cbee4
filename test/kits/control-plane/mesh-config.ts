// Writes the MeshConfig file that istiod reads, with a mark that shows which version istiod has loaded.
import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse } from 'yaml';

type MeshConfig = {
  readonly defaultConfig?: { readonly proxyMetadata?: Readonly<Record<string, string>> };
};

/**
 * Writes the MeshConfig (YAML) with a new mark and returns the mark. The mark is a key of `proxyMetadata`, which only
 * the sidecar injector uses: it has no effect except that istiod sees a change.
 */
export async function writeMeshConfig(path: string, yamlText: string): Promise<string> {
  const mark = randomUUID();
  const config = (parse(yamlText) ?? {}) as MeshConfig;
  const proxyMetadata = { ...config.defaultConfig?.proxyMetadata, EGRESS_INTENT_MARK: mark };
  const marked = { ...config, defaultConfig: { ...config.defaultConfig, proxyMetadata } };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(marked));
  await rename(`${path}.new`, path); // istiod must not read a half-written file
  return mark;
}
