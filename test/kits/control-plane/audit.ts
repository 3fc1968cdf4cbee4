// The API server's own record of who asked for what. Source: Kubernetes docs, "Auditing".
import { readFile, writeFile } from 'node:fs/promises';

export type AuditLevel = 'Metadata' | 'Request' | 'RequestResponse';

/** The part of an audit.k8s.io/v1 Event that tests read. `verb` is Kubernetes' own: get, list, watch, patch... */
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
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly requestReceivedTimestamp: string;
};

/** A request is recorded before its client has the answer (`blocking`), so nothing answered is ever missing. */
export async function auditFlags(policy: string, log: string, level: AuditLevel): Promise<readonly string[]> {
  await writeFile(
    policy,
    JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level }],
    }),
  );
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`, '--audit-log-mode=blocking'];
}

/** In the order in which they were answered. A watch has two events: started and, when it ends, complete. */
export async function readAuditEvents(log: string): Promise<readonly AuditEvent[]> {
  const text = await readFile(log, 'utf8');
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent);
}
