// The shape of a row in the table of diagnostics, and the phrases that several rows share. Knows no single diagnostic.
import { withRanges } from '../istio/range-host.ts';
import { isEmpty, labelsText, type Labels } from '../labels.ts';
import { normalisedHost } from '../network.ts';

/**
 * How serious a diagnostic is: what is in force nevertheless, and where it is reported. `finding` is its severity in the output of `render` and
 * `validate`: by default, and with `--complete`.
 */
export const SEVERITIES = {
  refused: {
    meaning: 'The entry, the ports that the message names, or the whole intent is not in force.',
    condition: '`Accepted` is False',
    finding: { default: 'error', complete: 'error' },
  },
  unresolved: {
    meaning: 'The entry takes effect as soon as the object that it names exists and is exported.',
    condition: '`ResolvedRefs` is False',
    finding: { default: 'note', complete: 'error' },
  },
  overridden: {
    meaning: 'The entry is in force, but foreign configuration allows more than it grants.',
    condition: '`Effective` is False, reason `Overridden`',
    finding: { default: 'warning', complete: 'warning' },
  },
  warning: {
    meaning: 'The entry is in force, but its author should know of a risk or a likely mistake.',
    condition: '`Accepted` is True, reason `Warnings`',
    finding: { default: 'warning', complete: 'warning' },
  },
  note: {
    meaning: 'Nothing is wrong: the author may want to know.',
    condition: '`Accepted` is True, and its message has the note',
    finding: { default: 'note', complete: 'note' },
  },
} as const;

export type Severity = keyof typeof SEVERITIES;

/** How serious a line of the CLI is. Only an `error` makes its exit code 1. */
export type FindingSeverity = 'error' | 'warning' | 'note';

/**
 * How the calls that a pod may make differ from what its intents grant:
 * - `refused`: the entry, or those of its ports that the diagnostic names, is not in force
 * - `unreachable`: single ports of a granted host cannot be called
 * - `spoofable`: the call is allowed, but the client can choose the address
 * - `foreign`: the call is allowed, but a foreign object decides on which ports and where it ends
 */
export type ExceptionKind = 'refused' | 'unreachable' | 'spoofable' | 'foreign';

/** Why a diagnostic is an exception from the promise that a pod may call exactly what its intents grant. */
type Exception = {
  readonly kind: ExceptionKind;
  /** What is not as granted. */
  readonly difference: string;
  /** What in Istio forces it. */
  readonly cause: string;
};

type RowDefinition<Arguments> = {
  readonly severity: Severity;
  /** Names the object, says what is wrong, then what to do. */
  readonly message: (args: Arguments) => string;
  /** For the documentation, Markdown: when it is reported, and what to do in more words than the message has. */
  readonly documentation: { readonly meaning: string; readonly remedy: string };
  /** Arguments for example messages, one for each variant of the text. */
  readonly examples: readonly [Arguments, ...Arguments[]];
  /** Present where the diagnostic reports a difference between what is granted and what can be called. */
  readonly exception?: Exception;
  /** Present where it is about an object that was read, so that it is an error whether or not the input of the CLI is complete. */
  readonly objectIsKnown?: true;
};

export type DiagnosticRow<Arguments> = RowDefinition<Arguments> & {
  /** The messages of the examples. */
  readonly exampleMessages: () => readonly string[];
};

/** Types a row by the arguments of its message, which may be hosts that stand for a range: it names the range. */
export function row<Arguments>(definition: RowDefinition<Arguments>): DiagnosticRow<Arguments> {
  const message = (args: Arguments): string => withRanges(definition.message(args));
  return { ...definition, message, exampleMessages: () => definition.examples.map(message) };
}

/** `port 80`, `ports 80, 443`. */
export const portsText = (ports: readonly number[]): string =>
  `port${ports.length === 1 ? '' : 's'} ${ports.join(', ')}`;

/** The pods that a scope governs: `pods with app=web`. */
export const selectedPodsText = (selector: Labels): string =>
  isEmpty(selector)
    ? 'pods that no intent with a workloadSelector selects'
    : `pods with ${labelsText(selector)}`;

/** A host as YAML can read it: a text that begins with `*` would be an alias. */
const hostText = (host: string): string => (host.startsWith('*') ? `"${host}"` : host);

/** An entry to paste: `host: api.example.com`. */
export const hostEntryText = (host: string): string => `host: ${hostText(host)}`;

/** An entry to paste: `serviceEntry: {host: "*.example.com", namespace: entries}`. */
export const serviceEntryText = (host: string, namespace: string): string =>
  `serviceEntry: {host: ${hostText(host)}, namespace: ${namespace}}`;

/** The namespace in `namespace/name`. */
export const namespaceOf = (title: string): string => title.split('/')[0] ?? '';

/** How every port is granted, by kind of entry: a `host` without `ports` is port 443, and is registered with what the whole namespace grants. */
export const OMIT_PORTS =
  'omit ports in a service, serviceEntry or namespace entry; in a host entry, list all ports that intents of the namespace grant it';

/** The host of example messages. */
export const EXAMPLE_HOST = normalisedHost('api.example.com');

/** For a host that is not the called one, but the end of a route: ` at the end of VirtualService green/api`. */
export const atEndOf = (route: string | undefined): string =>
  route === undefined ? '' : ` at the end of ${route}`;
