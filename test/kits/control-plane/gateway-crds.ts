// Provides the CustomResourceDefinitions of the Gateway API, from the Go module of that API with which istiod is built.
import { existsSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, fillOnce } from './cache.ts';
import { mustRun } from './command.ts';
import { whyNoGo } from './go-build.ts';
import type { Unavailable } from './real-parts.ts';

/** One YAML text for each kind of the standard channel, such as HTTPRoute, in the order of their file names. */
export type GatewayCrds = { readonly kind: 'available'; readonly texts: readonly string[] };

const MODULE = import.meta.dirname;
const GATEWAY_API = 'sigs.k8s.io/gateway-api';

/** Returns the definitions. Downloads the module with Go when the cache does not hold them. */
export async function ensureGatewayCrds(): Promise<GatewayCrds | Unavailable> {
  const folder = cacheFolder('gateway-api', await pinnedVersion());
  if (!existsSync(folder)) {
    const missing = await whyNoGo('The CRDs of the Gateway API are downloaded', MODULE);
    if (missing !== undefined) return { kind: 'unavailable', why: missing };
    await fillOnce(folder, async (draft) => {
      const answer = await mustRun('go', ['mod', 'download', '-json', GATEWAY_API], { cwd: MODULE });
      const { Dir } = JSON.parse(answer) as { readonly Dir: string };
      await cp(join(Dir, 'config/crd/standard'), draft, { recursive: true });
    });
  }
  const files = (await readdir(folder)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return {
    kind: 'available',
    texts: texts.filter((text) => text.includes('\nkind: CustomResourceDefinition\n')),
  };
}

/** The version in go.mod, such as `v1.6.0`. */
async function pinnedVersion(): Promise<string> {
  const text = await readFile(join(MODULE, 'go.mod'), 'utf8');
  const version = new RegExp(`^\\s*${GATEWAY_API} (?<version>\\S+)`, 'm').exec(text)?.groups?.['version'];
  if (version === undefined) throw new Error(`go.mod does not name ${GATEWAY_API}`);
  return version;
}
