// The status of an EgressIntent: conditions like those of the Gateway API, and the names of the generated objects. Knows which
// conditions and reasons exist, not when they hold.
import { z } from 'zod';
import { GENERATED_KINDS } from '../kinds/manifest.ts';

/** Every condition type, with its meaning when it is True. In the order of the status. */
export const CONDITIONS = {
  Accepted: 'Every entry is valid and in force.',
  ResolvedRefs: 'Every object that the intent names exists and is exported to its namespace.',
  Programmed: 'Every generated object is in the cluster as it should be.',
  Effective:
    'Every selected pod runs a sidecar that a generated Sidecar governs, and no foreign routing exceeds a grant.',
  Ready: 'All other conditions are True.',
} as const;
type ConditionType = keyof typeof CONDITIONS;

type ReasonRow = {
  /** The status of the condition with this reason. */
  readonly status: 'True' | 'False' | 'Unknown';
  /** For the documentation, in Markdown. */
  readonly documentation: string;
};

const INVALID =
  'The intent does not match the schema, so this is not evaluated. The objects that it owns stay as they are.';

/** Every reason that a condition may carry, by condition type. */
export const REASONS = {
  Accepted: {
    Accepted: { status: 'True', documentation: 'Every entry is valid and in force.' },
    Warnings: {
      status: 'True',
      documentation: 'Every entry is in force; the message names risks and likely mistakes.',
    },
    Invalid: {
      status: 'False',
      documentation:
        'The intent does not match the schema; the message names every field. The objects that it owns stay as they are.',
    },
    EntriesRefused: {
      status: 'False',
      documentation:
        'Some entries, or some of their ports, are not in force; the message names each and the remedy. All other entries are in force.',
    },
  },
  ResolvedRefs: {
    ResolvedRefs: {
      status: 'True',
      documentation: 'Every object that the intent names exists and is exported to its namespace.',
    },
    RefNotFound: {
      status: 'False',
      documentation:
        'Something that an entry names does not exist. The entry takes effect as soon as it does.',
    },
    NotExported: {
      status: 'False',
      documentation:
        'Everything exists, but some of it is not exported to the namespace of the intent. Its owner can export it.',
    },
    Invalid: { status: 'Unknown', documentation: INVALID },
  },
  Programmed: {
    Programmed: {
      status: 'True',
      documentation: 'Every generated object is in the cluster as it should be.',
    },
    Audit: {
      status: 'False',
      documentation:
        'The intent is in mode Audit. The message names the Sidecar that Enforce would write, and the hosts that it would list.',
    },
    Invalid: { status: 'Unknown', documentation: INVALID },
    Withheld: {
      status: 'False',
      documentation:
        'An object is not written, because an invalid intent also owns it, a foreign object has its name, or it depends on such an object; the message names the object and the cause.',
    },
    WriteFailed: {
      status: 'False',
      documentation:
        'The API server did not accept a write; the message contains its answer. The controller retries.',
    },
  },
  Effective: {
    Effective: {
      status: 'True',
      documentation:
        'A generated Sidecar governs every selected pod, and no foreign routing exceeds a grant.',
    },
    NoPods: { status: 'Unknown', documentation: 'No pod has the labels of `workloadSelector`.' },
    NoSidecar: { status: 'False', documentation: "A selected pod runs without Istio's sidecar." },
    Ambient: {
      status: 'False',
      documentation: 'A selected pod is in ambient mode, where Sidecar has no effect.',
    },
    Shadowed: {
      status: 'False',
      documentation: 'A foreign Sidecar governs a selected pod; Istio never merges two.',
    },
    Overridden: {
      status: 'False',
      documentation:
        'Foreign configuration allows more than the intent grants; see the [diagnostics](diagnostics.md) with severity overridden.',
    },
    Audit: { status: 'Unknown', documentation: 'The intent is in mode Audit, which restricts nothing.' },
    Invalid: { status: 'Unknown', documentation: INVALID },
  },
  Ready: {
    Ready: {
      status: 'True',
      documentation: 'The selected pods may call what their intents grant and nothing else.',
    },
    NotAccepted: {
      status: 'False',
      documentation: '`Accepted` is not True; the message is repeated from it.',
    },
    UnresolvedRefs: {
      status: 'False',
      documentation: '`ResolvedRefs` is not True; the message is repeated from it.',
    },
    NotProgrammed: {
      status: 'False',
      documentation: '`Programmed` is not True; the message is repeated from it.',
    },
    NotEffective: {
      status: 'False',
      documentation: '`Effective` is not True; the message is repeated from it.',
    },
    NoPods: { status: 'Unknown', documentation: 'Everything is in place, but no pod is selected yet.' },
    Audit: { status: 'False', documentation: 'The intent is in mode Audit, which restricts nothing.' },
  },
} as const satisfies Record<ConditionType, Readonly<Record<string, ReasonRow>>>;

export type Reason<T extends ConditionType = ConditionType> = {
  readonly [Type in T]: keyof (typeof REASONS)[Type];
}[T];

/** A condition without the time since which it holds. A reason comes only with the status that the table gives it. */
export type UndatedCondition<T extends ConditionType = ConditionType> = {
  readonly [K in T]: {
    readonly [R in Reason<K>]: {
      readonly type: K;
      readonly status: StatusOf<K, R>;
      readonly reason: R;
      readonly message: string;
    };
  }[Reason<K>];
}[T];

type StatusOf<K extends ConditionType, R extends Reason<K>> = (typeof REASONS)[K][R] extends {
  readonly status: infer S extends ReasonRow['status'];
}
  ? S
  : never;

const Condition = z.strictObject({
  type: z.string().max(316).describe('Accepted, ResolvedRefs, Programmed, Effective or Ready.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
  reason: z.string().min(1).max(1024).describe('The cause of the status in one word, for programs.'),
  message: z.string().max(32768).describe('The cause of the status and what to do, for people.'),
  observedGeneration: z.int().min(0).describe('The generation of the intent that the condition describes.'),
  lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('When the status last changed.'),
});
export type Condition = z.infer<typeof Condition>;

const GeneratedResource = z.strictObject({
  kind: z.enum(GENERATED_KINDS).describe('Kind of the generated object.'),
  name: z.string().max(253).describe('Name of the object, in the namespace of the intent.'),
});
export type GeneratedResource = z.infer<typeof GeneratedResource>;

/** The limit of `resources`: the grants of a namespace-wide intent are in every Sidecar of its namespace. */
export const MAX_RESOURCES = 64;

export const Status = z.strictObject({
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .describe('The generation of the intent that the status describes.'),
  conditions: z
    .array(Condition)
    .max(8)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional()
    .describe('Accepted, ResolvedRefs, Programmed and Effective, and Ready, which summarizes them.'),
  resources: z
    .array(GeneratedResource)
    .max(MAX_RESOURCES)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .optional()
    .describe(
      'The Sidecar and ServiceEntry objects that contain grants of this intent, in order; at most 64.',
    ),
});
export type Status = z.infer<typeof Status>;
