// The shipped manifests, as objects.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './cluster.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The definition of EgressIntent as it is committed, as YAML text. */
export const crdText = (): Promise<string> =>
  readFile(join(ROOT, 'crds/egressintents.egressintent.io.yaml'), 'utf8');

export async function manifests(): Promise<readonly KubeObject[]> {
  const text = await readFile(join(ROOT, 'deploy/controller.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

/** Who the controller is in a cluster. */
export const SERVICE_ACCOUNT = {
  name: 'system:serviceaccount:egress-intent:egress-intent',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:egress-intent', 'system:authenticated'],
} as const;
