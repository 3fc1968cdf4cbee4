// What the app of namespace red may call at this moment, and by which entry, from the objects of an API server. The
// answer is that of src/access/may-call.ts; this only lists objects and words the answer.
import { mayCall, type CallAnswer, type GrantingEntry } from '../../src/access/may-call.ts';
import type { Kind } from '../../src/cluster/kind.ts';
import { KINDS } from '../../src/cluster/kinds.ts';
import type { Place } from '../e2e/story-mesh.ts';
import { compiled, type Compiled } from '../support/compiler.ts';
import { ApiFailure, type Cluster, type KubeObject } from '../support/cluster.ts';
import { RED_APP, type AllowEntry } from '../support/story.ts';

/** `place` is the name of the same call in the mesh of the story. */
type DemoCall = { readonly host: string; readonly port: number; readonly place: Place };

const CALLS: readonly DemoCall[] = [
  { host: 'nginx-green-svc.green.svc.cluster.local', port: 80, place: 'green' },
  { host: 'nginx-blue-svc.blue.svc.cluster.local', port: 80, place: 'blue' },
  { host: 'second-blue-svc.blue.svc.cluster.local', port: 80, place: 'blue 2' },
  { host: 'www.google.com', port: 443, place: 'google tls' },
  { host: 'api.example.com', port: 443, place: 'api tls' },
  { host: 'evil.com', port: 443, place: 'evil tls' },
];

export type CallRow = {
  /** Such as `nginx-green-svc.green:80`. */
  readonly call: string;
  readonly place: Place;
  readonly answer: CallAnswer['kind'];
  /** Such as `red allow[0] namespace green`; `-` where no entry decides. */
  readonly grantedBy: string;
};

/** Compiles namespace red from what the API server holds, as the controller does. */
export async function compiledFrom(cluster: Cluster): Promise<Compiled> {
  const lists = await Promise.all(Object.entries(KINDS).map(([kind, row]) => listKind(cluster, kind, row)));
  return compiled(lists.flat(), 'red');
}

async function listKind(
  cluster: Cluster,
  kind: string,
  { apiVersion, plural, optional = false }: Pick<Kind<unknown>, 'apiVersion' | 'plural' | 'optional'>,
): Promise<readonly KubeObject[]> {
  try {
    const objects = await cluster.list({ apiVersion, plural });
    return objects.map((object) => ({ ...object, apiVersion, kind })); // the items of a list have neither
  } catch (error) {
    if (optional && error instanceof ApiFailure && error.status === 404) return [];
    throw error;
  }
}

/** Answers the same calls each time. `intents` are those of namespace red. */
export function callRows(namespace: Compiled, intents: readonly KubeObject[]): readonly CallRow[] {
  return CALLS.map(({ host, port, place }) => {
    const answer = mayCall(RED_APP, { host, port }, namespace);
    return {
      call: `${host.replace('.svc.cluster.local', '')}:${port}`,
      place,
      answer: answer.kind,
      grantedBy: grantedBy(answer, intents),
    };
  });
}

function grantedBy(answer: CallAnswer, intents: readonly KubeObject[]): string {
  if (answer.kind === 'foreign') return `not examined: Sidecar ${answer.sidecar}`;
  if (answer.kind !== 'allowed') return '-';
  if (answer.entries.length === 0) return 'platform';
  return answer.entries.map((entry) => entryText(entry, intents)).join(', ');
}

function entryText({ intent, entry }: GrantingEntry, intents: readonly KubeObject[]): string {
  const spec = intents.find(({ metadata }) => metadata.name === intent)?.['spec'];
  const allowed = (spec as { readonly allow: readonly AllowEntry[] } | undefined)?.allow[entry];
  return `${intent} allow[${entry}] ${allowed === undefined ? '' : targetText(allowed)}`.trimEnd();
}

/** The kind of the entry, which is its only field with a target, and the target. */
function targetText({ namespace, service, serviceEntry, host }: AllowEntry): string {
  if (service !== undefined) return `service ${nameText(service)}`;
  if (serviceEntry !== undefined) return `serviceEntry ${nameText(serviceEntry)}`;
  return namespace === undefined ? `host ${String(host)}` : `namespace ${nameText(namespace)}`;
}

function nameText(reference: unknown): string {
  const { namespace, name, host } = reference as {
    readonly [field in 'namespace' | 'name' | 'host']?: string;
  };
  return [namespace, name ?? host].filter((part) => part !== undefined).join('/');
}
