// The wire schema of EgressIntent: the CRD, the parser and the messages of the CLI come from it. It has the shape of a structural
// schema of Kubernetes, so an entry is one object with optional fields and not a union.
import { z } from 'zod';
import { withRules } from './cel-rule.ts';
import { ENTRY_RULES, RESERVED_PORT_RULE } from './schema-rules.ts';
import { PROTOCOLS } from '../network.ts';

const LIMITS = { entries: 256, ports: 64, labels: 64, description: 1024, host: 254, cidr: 49 } as const;

const BAD_NAME =
  'is not a valid Kubernetes name: write at most 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit';

const dnsLabel = z
  .string()
  .min(1, BAD_NAME)
  .max(63, BAD_NAME)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, BAD_NAME);

const BAD_HOST_LENGTH = `is empty or longer than ${LIMITS.host} characters: write the DNS name of the host`;

const BAD_PORT = 'is not a port number: write a number from 1 to 65535, without quotes';

const portEntry = withRules(
  z.strictObject({
    port: z
      .int(BAD_PORT)
      .min(1, BAD_PORT)
      .max(65535, BAD_PORT)
      .describe('Port number that the app calls. For a Service this is its port, not its targetPort.'),
    protocol: z
      .enum(PROTOCOLS, 'is not a supported protocol: write HTTP, HTTP2, GRPC, TLS (also for HTTPS) or TCP')
      .optional()
      .describe(
        'Protocol on the port of a `host`: TLS (also for HTTPS, which Istio passes through), HTTP, HTTP2, GRPC or TCP. Defaults to TLS on port 443 and HTTP on port 80.',
      ),
  }),
  [RESERVED_PORT_RULE],
);

const entryFields = z.strictObject({
  namespace: z
    .strictObject({ name: dnsLabel.describe('Name of the namespace.') })
    .optional()
    .describe('Every Service of a namespace, and every ServiceEntry that it exports.'),
  service: z
    .strictObject({
      name: dnsLabel.describe('Name of the Service.'),
      namespace: dnsLabel
        .optional()
        .describe('Namespace of the Service. Defaults to the namespace of the intent.'),
    })
    .optional()
    .describe('One Kubernetes Service.'),
  host: z
    .string()
    .min(1, BAD_HOST_LENGTH)
    .max(LIMITS.host, BAD_HOST_LENGTH)
    .optional()
    .describe(
      'A host outside the mesh by its DNS name, such as www.example.com, or "*.example.com" for every host below that domain.',
    ),
  serviceEntry: z
    .strictObject({
      host: z
        .string()
        .min(1, BAD_HOST_LENGTH)
        .max(LIMITS.host, BAD_HOST_LENGTH)
        .describe('The host, as the ServiceEntry lists it.'),
      namespace: dnsLabel
        .optional()
        .describe('Namespace of the ServiceEntry. Defaults to the namespace of the intent.'),
    })
    .optional()
    .describe('A host that an existing ServiceEntry registers, for example one of the platform team.'),
  cidr: z
    .string()
    .min(1, 'is empty: write it like 203.0.113.7 or 203.0.113.0/24')
    .max(LIMITS.cidr, `is longer than ${LIMITS.cidr} characters: write it like 203.0.113.7 or 203.0.113.0/24`)
    .optional()
    .describe('A range of IP addresses such as 203.0.113.0/24, or a single address, called over TCP.'),
  ports: z
    .array(portEntry)
    .min(1, 'is empty: list at least one port, or omit ports')
    .max(LIMITS.ports, `has more than ${LIMITS.ports} ports: split the entry in two`)
    .refine((ports) => new Set(ports.map(({ port }) => port)).size === ports.length, {
      message: 'a port is listed twice: list each port once',
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port'] })
    .optional()
    .describe(
      'Limits the entry to these ports. If omitted, a host is granted on port 443 with TLS, and everything else on every port. Required for a cidr.',
    ),
  description: z
    .string()
    .max(LIMITS.description, `is longer than ${LIMITS.description} characters: shorten it`)
    .optional()
    .describe('Free text, for example why the app needs this. Not used by the controller.'),
});

const entry = withRules(entryFields, ENTRY_RULES);

const BAD_LABEL =
  'is not a valid label value: write at most 63 letters, digits, -, _ and ., starting and ending with a letter or digit';

const LABEL_KEY = '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';

const matchLabels = withRules(
  z
    .record(
      z.string(),
      z
        .string()
        .max(63, BAD_LABEL)
        .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, BAD_LABEL),
    )
    .refine((labels) => Object.keys(labels).length <= LIMITS.labels, {
      message: `has more than ${LIMITS.labels} labels: remove some`,
    }),
  [
    {
      cel: `self.all(key, key.matches('${LABEL_KEY}'))`,
      message: 'has an invalid label key: write keys like app or example.com/team',
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
        .describe('Labels that a pod must have, all of them. Istio supports no other kind of selector.'),
    })
    .optional()
    .describe('The pods that the intent selects. If omitted or empty, every pod of the namespace.'),
  mode: z
    .enum(MODES, `is not a valid mode: write ${MODES.join(' or ')}`)
    .default('Enforce')
    .describe(
      'Enforce: the selected pods may call what their intents list and nothing else. Audit: checked and reported, but restricts nothing. Its grants still count for pods that another intent restricts.',
    ),
  allow: z
    .array(entry)
    .max(LIMITS.entries, `has more than ${LIMITS.entries} entries: split the intent in two`)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(
      'What the selected pods may call. Each entry has exactly one of namespace, service, host, serviceEntry and cidr. An empty list allows only the hosts that the platform team allows for every pod, by default DNS.',
    ),
});
export type IntentSpec = z.infer<typeof IntentSpec>;
export type IntentEntry = IntentSpec['allow'][number];
