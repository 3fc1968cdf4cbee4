// Writes the mesh configuration that istiod reads, so that each version can be told from the one before.
import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse } from 'yaml';

type MeshConfig = {
  readonly defaultConfig?: { readonly proxyMetadata?: Readonly<Record<string, string>> };
};

/**
 * Writes the MeshConfig (YAML) with a new mark in it, and gives the mark. It stands among the metadata of the
 * injector's proxies, where it changes nothing but that istiod sees a change.
 */
export async function writeMeshConfig(path: string, yamlText: string): Promise<string> {
  const mark = randomUUID();
  const config = (parse(yamlText) ?? {}) as MeshConfig;
  const proxyMetadata = { ...config.defaultConfig?.proxyMetadata, EGRESS_INTENT_MARK: mark };
  const marked = { ...config, defaultConfig: { ...config.defaultConfig, proxyMetadata } };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(marked));
  await rename(`${path}.new`, path); // istiod must never read half of it
  return mark;
}
