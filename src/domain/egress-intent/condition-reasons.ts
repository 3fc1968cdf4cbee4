// The conditions of an EgressIntent and their reasons, with their documentation. Knows not when they hold.

/** Every condition type, with its meaning when it is True. In the order of the status. */
export const CONDITIONS = {
  Accepted: 'No entry is refused.',
  ResolvedRefs: 'Every object that the intent names exists and is exported to its namespace.',
  Programmed: 'Every generated object is in the cluster as it should be.',
  Effective:
    'Every selected pod runs a sidecar proxy that gets all of its calls and that its generated Sidecar governs, and no foreign routing exceeds a grant.',
  Ready:
    'All conditions above are True, or have nothing to wait for: no pod is selected, or the mode is Audit.',
  Stalled: 'The spec must change; waiting does not help. The condition is present only while it is True.',
} as const;
export type ConditionType = keyof typeof CONDITIONS;

export type ReasonRow = {
  /** The status of the condition with this reason. */
  readonly status: 'True' | 'False' | 'Unknown';
  /** For the documentation, in Markdown. */
  readonly documentation: string;
};

const INVALID =
  'The intent does not match the schema, so this is not evaluated. The objects that it owns stay as they are.';

/** The reason of a new intent's conditions. */
export const PENDING = 'Pending';

const NOT_SEEN = { status: 'Unknown', documentation: 'No controller has looked at the intent yet.' } as const;

/** Every reason that a condition may carry, by condition type. */
export const REASONS = {
  Accepted: {
    Pending: NOT_SEEN,
    Accepted: { status: 'True', documentation: 'No entry is refused.' },
    Warnings: {
      status: 'True',
      documentation: 'No entry is refused; the message names risks and likely mistakes.',
    },
    Invalid: {
      status: 'False',
      documentation:
        'The intent does not match the schema; the message names every field. The objects that it owns stay as they are.',
    },
    EntriesRefused: {
      status: 'False',
      documentation:
        'Some entries, or some of their ports, are not in force; the message names each and the remedy. All other entries count.',
    },
  },
  ResolvedRefs: {
    Pending: NOT_SEEN,
    ResolvedRefs: {
      status: 'True',
      documentation: 'Every object that the intent names exists and is exported to its namespace.',
    },
    RefNotFound: {
      status: 'False',
      documentation:
        'Something that an entry names does not exist, or istiod ignores its namespace. The entry takes effect as soon as that changes.',
    },
    NotExported: {
      status: 'False',
      documentation:
        'Everything exists, but some of it is not exported to the namespace of the intent. Its owner can export it.',
    },
    Invalid: { status: 'Unknown', documentation: INVALID },
  },
  Programmed: {
    Pending: NOT_SEEN,
    Programmed: {
      status: 'True',
      documentation: 'Every generated object is in the cluster as it should be.',
    },
    Audited: {
      status: 'True',
      documentation:
        'The intent is in mode Audit, so nothing has to be written. The message names the Sidecar that Enforce would write, and the hosts that it would list.',
    },
    Invalid: { status: 'Unknown', documentation: INVALID },
    Withheld: {
      status: 'False',
      documentation:
        'An object is not written; the message names the object and the cause: an invalid intent also owns it, or one that vanished with the CustomResourceDefinition; a foreign object has its name; somebody has paused it or its namespace; the brake on deletions or `--mode=audit` holds it; or it depends on an object of which one of these is true.',
    },
    Refused: {
      status: 'False',
      documentation:
        "The API server, a policy of the cluster or Istio's validation refuses an object, and would again; the message contains the answer. Of a Sidecar without which its pods would stay open, the largest part that is accepted is written; otherwise what stands stays. The message names the hosts that are missing for it.",
    },
    WriteFailed: {
      status: 'False',
      documentation:
        'The API server did not accept a write; the message contains its answer. The controller retries.',
    },
  },
  Effective: {
    Pending: NOT_SEEN,
    Effective: {
      status: 'True',
      documentation:
        'A generated Sidecar governs every selected pod, and no foreign routing exceeds a grant.',
    },
    NoPods: { status: 'Unknown', documentation: 'No pod has the labels of `workloadSelector`.' },
    NotDiscovered: {
      status: 'False',
      documentation:
        'istiod ignores the namespace, because `discoverySelectors` of its MeshConfig do not select it.',
    },
    HostNetwork: {
      status: 'False',
      documentation: 'A selected pod uses the network of its node, where Istio injects no sidecar proxy.',
    },
    Gateway: {
      status: 'False',
      documentation: 'A selected pod is a gateway or a waypoint of Istio, to which no Sidecar applies.',
    },
    NoSidecar: {
      status: 'False',
      documentation:
        "A selected pod runs without Istio's sidecar. In files: the labels of the Namespace and of the pod template ask for none.",
    },
    Bypassed: {
      status: 'False',
      documentation:
        'An annotation of a selected pod keeps calls from its sidecar proxy, such as `traffic.sidecar.istio.io/excludeOutboundPorts`, or MeshConfig does (`interceptionMode: NONE`).',
    },
    Ambient: {
      status: 'False',
      documentation: 'A selected pod is in ambient mode, where Sidecar has no effect.',
    },
    Shadowed: {
      status: 'False',
      documentation:
        'A foreign Sidecar governs a selected pod, or one that is being deleted and that its finalizers keep; Istio never merges two.',
    },
    Withheld: {
      status: 'False',
      documentation:
        'A selected pod is not governed by its generated Sidecar as planned; the message names the cause: an invalid intent, or one that vanished with the CustomResourceDefinition, has grants in that Sidecar, or in an older one that still governs the pod; or a pause, the brake on deletions or `--mode=audit` holds the Sidecar.',
    },
    Refused: {
      status: 'False',
      documentation:
        'A selected pod is not governed by its generated Sidecar as planned, because that Sidecar is refused; a part of it, or what stood before, governs the pod.',
    },
    WriteFailed: {
      status: 'False',
      documentation:
        'A selected pod is not governed by its generated Sidecar as planned, because the API server did not accept a write or a deletion. The controller retries.',
    },
    Unrestricted: {
      status: 'False',
      documentation: 'No Sidecar is generated for a selected pod, because its intents are refused.',
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
    Pending: NOT_SEEN,
    Ready: {
      status: 'True',
      documentation: 'The selected pods may call what their intents grant and nothing else.',
    },
    NotAccepted: {
      status: 'False',
      documentation:
        '`Accepted` is the first condition that is not True; the message repeats all that are not.',
    },
    UnresolvedRefs: {
      status: 'False',
      documentation:
        '`ResolvedRefs` is the first condition that is not True; the message repeats all that are not.',
    },
    NotProgrammed: {
      status: 'False',
      documentation:
        '`Programmed` is the first condition that is not True; the message repeats all that are not.',
    },
    NotEffective: {
      status: 'False',
      documentation:
        '`Effective` is the first condition that is not True; the message repeats all that are not.',
    },
    NoPods: { status: 'True', documentation: 'Everything is in place, but no pod is selected yet.' },
    Audited: { status: 'True', documentation: 'The intent is in mode Audit, which restricts nothing.' },
  },
  Stalled: {
    Invalid: { status: 'True', documentation: 'The intent does not match the schema.' },
    EntriesRefused: {
      status: 'True',
      documentation: 'Some entries, or some of their ports, are refused until the spec changes.',
    },
  },
} as const satisfies Record<ConditionType, Readonly<Record<string, ReasonRow>>>;
