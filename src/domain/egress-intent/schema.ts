// The wire schema of EgressIntent, and the only one: the CRD, the parser, the CLI's messages and the documentation come from
// it. Written in the shape that Kubernetes wants of a structural schema, so one object with optional members, no unions.
import { z } from 'zod';
import { withRules } from './cel-rule.ts';
import { ENTRY_RULES, RESERVED_PORT_RULE } from './schema-rules.ts';

const LIMITS = { entries: 256, ports: 64, labels: 64, description: 1024, host: 254, cidr: 49 } as const;

const NO_NAME = 'is no name that Kubernetes gives: lower case letters, digits and -, at most 63';

const dnsLabel = z
  .string()
  .min(1, NO_NAME)
  .max(63, NO_NAME)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, NO_NAME);

const NO_PORT = 'is no port number: write one from 1 to 65535';

const PROTOCOLS = ['HTTP', 'HTTP2', 'GRPC', 'TLS', 'TCP'] as const;

const portEntry = withRules(
  z.strictObject({
    port: z
      .int(NO_PORT)
      .min(1, NO_PORT)
      .max(65535, NO_PORT)
      .describe('Port number that the app calls: of a Service its port, never its targetPort.'),
    protocol: z
      .enum(PROTOCOLS, `is no protocol that Istio tells apart: write ${PROTOCOLS.join(', ')}; TLS for HTTPS`)
      .optional()
      .describe(
        'What is spoken on the port of a `host`: TLS (also for HTTPS, which Istio passes through), HTTP, HTTP2, GRPC or TCP. Defaults to TLS on 443 and HTTP on 80.',
      ),
  }),
  [RESERVED_PORT_RULE],
);

const entryFields = z.strictObject({
  namespace: z
    .strictObject({ name: dnsLabel.describe('Name of the namespace.') })
    .optional()
    .describe('Every Service of a namespace, and what it exports as ServiceEntry.'),
  service: z
    .strictObject({
      name: dnsLabel.describe('Name of the Service.'),
      namespace: dnsLabel.optional().describe("Namespace of the Service. Defaults to the intent's own."),
    })
    .optional()
    .describe('One Kubernetes Service.'),
  host: z
    .string()
    .min(1)
    .max(LIMITS.host)
    .optional()
    .describe(
      'A host outside the mesh by its DNS name, such as www.example.com, or *.example.com for all below it.',
    ),
  serviceEntry: z
    .strictObject({
      host: z.string().min(1).max(LIMITS.host).describe('The host, as it stands in the ServiceEntry.'),
      namespace: dnsLabel.optional().describe("Namespace of the ServiceEntry. Defaults to the intent's own."),
    })
    .optional()
    .describe('A host that somebody else registered with a ServiceEntry, for example the platform team.'),
  cidr: z
    .string()
    .min(1)
    .max(LIMITS.cidr)
    .optional()
    .describe('A range of IP addresses such as 203.0.113.0/24, or a single one, called over TCP.'),
  ports: z
    .array(portEntry)
    .min(1)
    .max(LIMITS.ports, `has more than ${LIMITS.ports} ports: write two entries`)
    .refine((ports) => new Set(ports.map(({ port }) => port)).size === ports.length, {
      message: 'a port is listed twice: list each port once',
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port'] })
    .optional()
    .describe(
      'Only these ports. Omitted: every port of a Service or namespace, and 443 with TLS of a host. Required for a cidr.',
    ),
  description: z
    .string()
    .max(LIMITS.description)
    .optional()
    .describe('Why the app needs this. For the reader.'),
});

const entry = withRules(entryFields, ENTRY_RULES);

const LABEL_KEY = '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';

const matchLabels = withRules(
  z
    .record(
      z.string(),
      z
        .string()
        .max(63)
        .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/),
    )
    .refine((labels) => Object.keys(labels).length <= LIMITS.labels, {
      message: `at most ${LIMITS.labels} labels`,
    }),
  [
    {
      cel: `self.all(key, key.matches('${LABEL_KEY}'))`,
      message: 'a key is no label key: write it such as app or example.com/team',
      holds: (labels) => Object.keys(labels).every((key) => new RegExp(LABEL_KEY).test(key)),
    },
  ],
).meta({ maxProperties: LIMITS.labels });

const MODES = ['Enforce', 'Audit'] as const;

export const IntentSpec = z.strictObject({
  workloadSelector: z
    .strictObject({
      matchLabels: matchLabels
        .optional()
        .describe('Labels that a pod must have, all of them. Istio knows no other kind of selector.'),
    })
    .optional()
    .describe('The pods that the intent is for. Omitted or empty: every pod of the namespace.'),
  mode: z
    .enum(MODES, `is no mode: write ${MODES.join(' or ')}`)
    .default('Enforce')
    .describe(
      'Enforce: the pods may call what their intents list and nothing else. Audit: grants where another intent closes, and closes nothing itself.',
    ),
  allow: z
    .array(entry, 'must be a list: what the pods may call, or [] for nothing')
    .max(LIMITS.entries, `has more than ${LIMITS.entries} entries: split the intent in two`)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(
      'What the pods may call, each entry exactly one of namespace, service, host, serviceEntry and cidr. An empty list allows nothing but what the platform team allows everybody, by default DNS.',
    ),
});
export type IntentSpec = z.infer<typeof IntentSpec>;
export type IntentEntry = IntentSpec['allow'][number];
