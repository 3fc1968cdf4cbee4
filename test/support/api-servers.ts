// An in-process API server that serves every kind the controller watches.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { startApiServer, type ApiServer, type ApiServerOptions } from '../kits/api-server/server.ts';
import { connect, type KubeObject } from './cluster.ts';
import { crdText } from './deploy.ts';

const ISTIO_CRDS = join(import.meta.dirname, '../kits/api-server/istio-crds.yaml');

/** Starts the server, installs the CRDs of Istio and of EgressIntent, and applies the objects in order. */
export async function startServerWithCrds(
  objects: readonly KubeObject[] = [],
  options: ApiServerOptions = {},
): Promise<ApiServer> {
  const server = await startApiServer(options);
  const definitions = [await readFile(ISTIO_CRDS, 'utf8'), await crdText()].flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as KubeObject),
  );
  const cluster = connect(server.kubeconfig);
  for (const object of [...definitions, ...objects]) await cluster.apply(object);
  await cluster.close();
  return server;
}
