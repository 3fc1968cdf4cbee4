// Reads the manifests of crds/ and deploy/, which the product ships.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { KubeObject } from './cluster.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The YAML text of the committed CustomResourceDefinition of EgressIntent. */
export const crdText = (): Promise<string> =>
  readFile(join(ROOT, 'crds/egressintents.egressintent.io.yaml'), 'utf8');

/** The definition without its lists of permitted values, so that an intent can be stored that the controller cannot read. */
export async function lenientCrdText(): Promise<string> {
  const definition: unknown = parse(await crdText(), (key, value: unknown) =>
    key === 'enum' ? undefined : value,
  );
  return stringify(definition);
}

/** The objects of deploy/controller.yaml, in order. */
export const manifests = (): Promise<readonly KubeObject[]> => objectsOf('controller.yaml');

/** The roles of deploy/authors.yaml. */
export const authorRoles = (): Promise<readonly KubeObject[]> => objectsOf('authors.yaml');

/** The PodMonitor of deploy/monitoring. */
export const podMonitors = (): Promise<readonly KubeObject[]> => objectsOf('monitoring/podmonitor.yaml');

async function objectsOf(name: string): Promise<readonly KubeObject[]> {
  const text = await readFile(join(ROOT, 'deploy', name), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

/** The user as which deploy/controller.yaml runs the controller. */
export const SERVICE_ACCOUNT = {
  name: 'system:serviceaccount:egress-intent:egress-intent',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:egress-intent', 'system:authenticated'],
} as const;
