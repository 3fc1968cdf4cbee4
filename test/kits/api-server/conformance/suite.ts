// What every part of the conformance suite uses.
import type { Event, Reply, Wire } from './wire.ts';

export type Ground = {
  readonly wire: Wire;
  /** A namespace that only this part uses. */
  readonly namespace: string;
  /** Makes the server forget the history of every object. */
  readonly forget: () => Promise<void>;
};

/** A part of the suite: it registers its tests, and calls `ground` when they run. */
export type Part = (ground: () => Ground) => void;

/** The `Status` of a refusal, without what depends on the run: code, reason, and the causes in a fixed order. */
export function refusalOf({ status, body }: Reply) {
  const causes = body.details?.causes?.map(({ reason, field }) => `${field} ${reason}`);
  return {
    status,
    reason: body.reason,
    ...(causes === undefined ? {} : { causes: [...new Set(causes)].toSorted() }),
  };
}

/** The reply, which must be a success. */
export async function good(reply: Promise<Reply>): Promise<Reply> {
  const answer = await reply;
  if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.text}`);
  return answer;
}

/** The managers of an object and the fields of each, in the server's order. */
export function ownersOf({ body }: Reply) {
  return (body.metadata.managedFields ?? []).map(({ manager, operation, subresource, fieldsV1 }) => ({
    manager: `${operation} ${manager}${subresource === undefined ? '' : ` ${subresource}`}`,
    fields: fieldsV1,
  }));
}

/** Events as `TYPE name`. */
export function linesOf(events: readonly Event[]): readonly string[] {
  return events.map(({ type, object }) => `${type} ${object.metadata.name}`);
}

export function namesOf({ body }: Reply): readonly string[] {
  return body.items.map(({ metadata }) => metadata.name);
}
