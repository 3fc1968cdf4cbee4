// Kubernetes audit logging: the flags that turn it on, and a reader of the log. Source: Kubernetes docs, "Auditing".
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The fields of an audit.k8s.io/v1 Event that tests read. `verb` is Kubernetes' verb: get, list, watch, patch... */
export type AuditEvent = {
  readonly auditID: string;
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly requestURI: string;
  readonly verb: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly reason?: string };
  readonly requestReceivedTimestamp: string;
};

/**
 * Writes the audit policy and returns the flags of kube-apiserver, which logs the metadata of every request into the folder. The mode `blocking`
 * records a request before its client gets the answer, so the log holds every request that was answered.
 */
export async function auditFlags(policy: string, folder: string): Promise<readonly string[]> {
  await writeFile(
    policy,
    JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata' }],
    }),
  );
  return [
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${join(folder, 'audit.log')}`,
    '--audit-log-mode=blocking',
  ];
}

/** The events in the order in which the requests were answered. A watch has two: at its start and at its end. */
export async function readAuditEvents(folder: string): Promise<readonly AuditEvent[]> {
  // A file of 100 MB is put aside as audit-TIME.log.
  const files = (await readdir(folder)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap((text) =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditEvent),
  );
}
