// The codes of findings about the input of `render` and `validate`, with their documentation. Every other code is that of a diagnostic, or the
// reason of a condition.

type FindingCodeRow = {
  /** For the documentation, in Markdown. */
  readonly meaning: string;
  readonly remedy: string;
};

/** Each is an error, except `PodsNotInInput`, which is a warning, and `InvalidObject` for settings of other programs, which is a note. */
export const INPUT_FINDINGS = {
  Syntax: {
    meaning: 'A file is not YAML or JSON as kubectl reads it, or it is a template.',
    remedy: 'Correct the place that it names; render a template first, for example with `helm template`.',
  },
  Unreadable: {
    meaning: 'A file or folder cannot be read.',
    remedy: 'Correct its permissions, or leave it out.',
  },
  InvalidObject: {
    meaning:
      'A document is no Kubernetes object, or the API server would refuse an intent for its metadata or for a field that it does not know outside `spec`. What has neither `metadata` nor `spec`, such as the values of a chart, is a note.',
    remedy: 'Write `apiVersion`, `kind` and `metadata.name` as the message says.',
  },
  UnknownVersion: {
    meaning: 'An intent has another `apiVersion` or `kind` than those that there are.',
    remedy: 'Write the two that the message names.',
  },
  UnreadableObject: {
    meaning: 'An object of another kind has a field that cannot be read, so it is passed over.',
    remedy: 'Correct the field that the message names.',
  },
  Duplicate: {
    meaning: 'Two intents of the input have the same namespace and name. The first one counts.',
    remedy: 'Rename or remove one of them; the message names both places.',
  },
  PodsNotInInput: {
    meaning:
      '`render` without `--managed`: two intents may select the same pod, and the input has no pod of the namespace, so no Sidecar has the grants of both.',
    remedy: 'Put the workloads of the namespace into the input.',
  },
} as const satisfies Readonly<Record<string, FindingCodeRow>>;

export type InputFindingCode = keyof typeof INPUT_FINDINGS;
