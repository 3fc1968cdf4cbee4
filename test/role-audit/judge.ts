// What the controller asked of real API servers against the rights that it ships with: none too few, and none too many.
import type { AuditEvent } from '../kits/control-plane/audit.ts';
import { textOf, type Right } from './rights.ts';

/** The requests of one way to use a right. */
export type Use = Right & {
  readonly user: string;
  /** Of all answers together. */
  readonly isAnswered: boolean;
  readonly requests: number;
};

/** How every client of the controller begins to name itself. */
const AGENT = 'egress-intent/';

/** The uses among the events of one API server. */
export function usesOf(events: readonly AuditEvent[]): readonly Use[] {
  const uses = new Map<string, Use>();
  for (const event of events) {
    if (event.userAgent?.startsWith(AGENT) !== true) continue;
    const code = event.responseStatus?.code ?? 0;
    // Nobody knows whose it is.
    if (code === 401) continue;
    for (const right of rightsFor(event)) {
      const user = event.user.username;
      const key = JSON.stringify([right, user]);
      const { requests = 0, isAnswered = false } = uses.get(key) ?? {};
      uses.set(key, {
        ...right,
        user,
        isAnswered: isAnswered || (code > 0 && code < 400),
        // A watch that goes on is told of at its start, and at its end once more.
        requests: requests + (event.stage === 'ResponseStarted' ? 0 : 1),
      });
    }
  }
  return [...uses.values()];
}

/** The rights that RBAC asks for. Whoever applies or replaces an object that does not exist creates it. */
function rightsFor({ verb, objectRef, requestURI, responseStatus }: AuditEvent): readonly Right[] {
  if (objectRef === undefined) return [{ verb, group: '', resource: requestURI }];
  const { apiGroup = '', resource, subresource, namespace, name } = objectRef;
  const creates = verb !== 'create' && responseStatus?.code === 201;
  return [verb, ...(creates ? ['create'] : [])].map((needed) => ({
    verb: needed,
    group: apiGroup,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }));
}

const allows = (right: Right, use: Right): boolean =>
  right.verb === use.verb &&
  right.group === use.group &&
  right.resource === use.resource &&
  (right.namespace === undefined || right.namespace === use.namespace) &&
  (right.name === undefined || right.name === use.name);

export type Verdict = {
  /** Sentences. */
  readonly problems: readonly string[];
  readonly requests: number;
  readonly used: readonly Right[];
  /** No request that uses them was answered well. */
  readonly unused: readonly Right[];
};

/** `user` is the one as which the manifests run the controller. */
export function judge(rights: readonly Right[], user: string, uses: readonly Use[]): Verdict {
  const own = uses.filter((use) => use.user === user);
  const used = rights.filter((right) => own.some((use) => use.isAnswered && allows(right, use)));
  const problems = uses.flatMap((use) => {
    if (use.user !== user)
      return [`The controller was run as ${use.user} (${textOf(use)}), so its role was not tried.`];
    return rights.some((right) => allows(right, use)) ? [] : [`Its role does not allow ${textOf(use)}.`];
  });
  return {
    problems: [...new Set(problems)].toSorted(),
    requests: uses.reduce((sum, { requests }) => sum + requests, 0),
    used,
    unused: rights.filter((right) => !used.includes(right)),
  };
}
