// An EgressIntent as the compiler uses it: parsed and normalised, each entry one member of a union. Knows no other object.
import { z } from 'zod';
import { withoutNulls } from '../kinds/absent.ts';
import { pauseOf, type Pause } from './brake-annotations.ts';
import { StringMap } from '../kinds/metadata.ts';
import { parserOf } from '../kinds/parser.ts';
import type { Labels } from '../labels.ts';
import {
  addressInside,
  normalisedHost,
  parseCidr,
  type Cidr,
  type HostName,
  type HostPort,
} from '../network.ts';
import type { Problem } from '../problem.ts';
import { err, ok, type Result } from '../result.ts';
import { NOT_CREATED } from '../istio/sidecar-precedence.ts';
import { problemOf } from './schema-problems.ts';
import { CIDR_NEEDS_PORTS } from './schema-rules.ts';
import { Status, type Condition } from './status.ts';
import { IntentSpec, type IntentEntry } from './schema.ts';

/** One entry of `allow`. Ports are in ascending order; absent ports mean every port. Namespaces are filled in. */
export type AllowEntry =
  | { readonly kind: 'namespace'; readonly namespace: string; readonly ports?: readonly number[] }
  | {
      readonly kind: 'service';
      readonly namespace: string;
      readonly name: string;
      readonly ports?: readonly number[];
    }
  | { readonly kind: 'host'; readonly host: HostName; readonly ports: readonly HostPort[] }
  | {
      readonly kind: 'serviceEntry';
      readonly namespace: string;
      readonly host: HostName;
      readonly ports?: readonly number[];
    }
  | {
      readonly kind: 'cidr';
      readonly cidr: Cidr;
      /** Present where the intent writes the range by another address than its first one: `203.0.113.7` of `203.0.113.7/24`. */
      readonly address?: Cidr;
      readonly ports: readonly number[];
    };

export type Mode = 'Enforce' | 'Audit';

type IntentIdentity = Pause & {
  readonly namespace: string;
  readonly name: string;
  /** Empty for an intent that was read from a file. */
  readonly uid: string;
  readonly generation: number;
  /** `NOT_CREATED` for an intent of a file without one: what is not created yet is the youngest. */
  readonly creationTimestamp: string;
  /** The conditions of the status in the cluster. */
  readonly conditions: readonly Condition[];
  readonly status: Status | undefined;
};

export type Intent = IntentIdentity & {
  readonly kind: 'valid';
  readonly selector: Labels;
  readonly mode: Mode;
  readonly allow: readonly AllowEntry[];
};
/** An intent of the API server or a file that does not match the schema. The objects that it owns stay as they are. */
export type InvalidIntent = IntentIdentity & {
  readonly kind: 'invalid';
  readonly problems: readonly Problem[];
};

const RawIntent = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default('default'),
    uid: z.string().default(''),
    generation: z.number().default(0),
    creationTimestamp: z.string().default(NOT_CREATED),
    deletionTimestamp: z.string().optional(),
    annotations: StringMap.default({}),
  }),
  status: z.unknown().optional(),
});

const RawSpec = z.object({ spec: z.unknown() });

/** Reads an EgressIntent. Returns `undefined` for a value that is no object with a name, and for an intent that is being deleted. */
export const parseIntent = parserOf(RawIntent, (object, raw): Intent | InvalidIntent | undefined => {
  const { namespace, name, uid, generation, creationTimestamp, deletionTimestamp, annotations } =
    object.metadata;
  if (deletionTimestamp !== undefined) return undefined;
  const status = Status.safeParse(object.status).data;
  const identity = {
    namespace,
    name,
    uid,
    generation,
    creationTimestamp,
    conditions: status?.conditions ?? [],
    status,
    ...pauseOf(annotations),
  };
  const spec = parseSpec(RawSpec.safeParse(raw).data?.spec, namespace);
  return spec.ok
    ? { ...identity, ...spec.value, kind: 'valid' }
    : { ...identity, kind: 'invalid', problems: spec.error };
});

type ParsedSpec = Pick<Intent, 'selector' | 'mode' | 'allow'>;

/**
 * Reads a spec. An error lists every problem, not only the first. `namespace` is the namespace of the intent. As for the API server, a field
 * that is null is absent or has its default, but one that the schema does not know is refused, null or not.
 */
export function parseSpec(raw: unknown, namespace: string): Result<ParsedSpec, readonly Problem[]> {
  const checked = withoutNulls(raw);
  const parsed = IntentSpec.safeParse(checked);
  const asGiven = checked === raw ? parsed : IntentSpec.safeParse(raw);
  const unknown = asGiven.error?.issues.filter(isUnknownField) ?? [];
  if (!parsed.success || unknown.length > 0) {
    const others = parsed.error?.issues.filter(
      (issue) => !isUnknownField(issue) && !unknown.some((field) => isTheSameMistake(issue, field)),
    );
    return err([...unknown, ...(others ?? [])].map((issue) => problemOf(issue, raw)));
  }
  const { workloadSelector, mode, allow } = parsed.data;
  return ok({
    selector: workloadSelector?.matchLabels ?? {},
    mode,
    allow: allow.map((entry) => normalised(entry, namespace)),
  });
}

const isUnknownField = (issue: z.core.$ZodIssue): issue is z.core.$ZodIssueUnrecognizedKeys =>
  issue.code === 'unrecognized_keys';

/** Whoever writes `port` beside `cidr` is told to write `ports` with that number, and so not once more with an example. */
const isTheSameMistake = (issue: z.core.$ZodIssue, unknown: z.core.$ZodIssueUnrecognizedKeys): boolean =>
  issue.message === CIDR_NEEDS_PORTS &&
  unknown.keys.includes('port') &&
  issue.path.join('.') === unknown.path.join('.');

const DEFAULT_PORTS: readonly HostPort[] = [{ port: 443, protocol: 'TLS' }];

function normalised(entry: IntentEntry, intentNamespace: string): AllowEntry {
  const numbers = entry.ports?.map(({ port }) => port).toSorted((a, b) => a - b);
  const ports = numbers === undefined ? {} : { ports: numbers };
  if (entry.namespace) return { kind: 'namespace', namespace: entry.namespace.name, ...ports };
  if (entry.service) {
    const { name, namespace = intentNamespace } = entry.service;
    return { kind: 'service', namespace, name, ...ports };
  }
  if (entry.serviceEntry) {
    const { host, namespace = intentNamespace } = entry.serviceEntry;
    return { kind: 'serviceEntry', namespace, host: normalisedHost(host), ...ports };
  }
  if (entry.host !== undefined) {
    return { kind: 'host', host: normalisedHost(entry.host), ports: hostPorts(entry.ports) };
  }
  const text = entry.cidr ?? '';
  const cidr = parseCidr(text);
  if (!cidr.ok) throw new Error('the schema accepted an entry of an unknown kind');
  const address = addressInside(text);
  return { kind: 'cidr', cidr: cidr.value, ...(address && { address }), ports: numbers ?? [] };
}

function hostPorts(ports: IntentEntry['ports']): readonly HostPort[] {
  if (ports === undefined) return DEFAULT_PORTS;
  return ports
    .map(({ port, protocol }) => ({ port, protocol: protocol ?? (port === 80 ? 'HTTP' : 'TLS') }))
    .toSorted((a, b) => a.port - b.port);
}
