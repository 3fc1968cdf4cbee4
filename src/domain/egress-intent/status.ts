// The status of an EgressIntent: conditions in the manner of the Gateway API, and the names of what was written.
import { z } from 'zod';
import { GENERATED_KINDS } from '../kinds/manifest.ts';

const CONDITION_TYPES = ['Accepted', 'ResolvedRefs', 'Programmed', 'Effective', 'Ready'] as const;
type ConditionType = (typeof CONDITION_TYPES)[number];

/** Every reason that a condition may carry, and nothing else. */
export const REASONS = {
  Accepted: ['Accepted', 'Warnings', 'Invalid', 'EntriesRefused'],
  ResolvedRefs: ['ResolvedRefs', 'RefNotFound', 'NotExported', 'Invalid'],
  Programmed: ['Programmed', 'Audit', 'Invalid', 'Withheld', 'WriteFailed'],
  Effective: ['Effective', 'NoPods', 'NoSidecar', 'Ambient', 'Shadowed', 'Overridden', 'Audit', 'Invalid'],
  Ready: ['Ready', 'NotAccepted', 'UnresolvedRefs', 'NotProgrammed', 'NotEffective', 'NoPods', 'Audit'],
} as const satisfies Record<ConditionType, readonly string[]>;

export type Reason<T extends ConditionType = ConditionType> = (typeof REASONS)[T][number];

/** A condition before it is known since when it holds. */
export type UndatedCondition<T extends ConditionType = ConditionType> = {
  readonly [K in T]: {
    readonly type: K;
    readonly status: Condition['status'];
    readonly reason: Reason<K>;
    readonly message: string;
  };
}[T];

const Condition = z.strictObject({
  type: z.string().max(316).describe('Accepted, ResolvedRefs, Programmed, Effective or Ready.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
  reason: z.string().min(1).max(1024).describe('Why, in one word, for programs.'),
  message: z.string().max(32768).describe('Why, and what to do, for people.'),
  observedGeneration: z.int().min(0).describe('The generation of the intent that this was said of.'),
  lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('When the status last flipped.'),
});
export type Condition = z.infer<typeof Condition>;

const GeneratedResource = z.strictObject({
  kind: z.enum(GENERATED_KINDS).describe('Kind of the generated object.'),
  name: z.string().max(253).describe("Name of the object, in the intent's namespace."),
});
export type GeneratedResource = z.infer<typeof GeneratedResource>;

/** A namespace default has a part in every Sidecar of its namespace: a status names only the first of them. */
export const MAX_RESOURCES = 64;

export const Status = z.strictObject({
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .describe('The generation of the intent that the status speaks of.'),
  conditions: z
    .array(Condition)
    .max(8)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional()
    .describe('Accepted, ResolvedRefs, Programmed, Effective, and Ready for all of them.'),
  resources: z
    .array(GeneratedResource)
    .max(MAX_RESOURCES)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .optional()
    .describe('The Sidecar and ServiceEntry objects that this intent has a part in, in order; the first 64.'),
});
export type Status = z.infer<typeof Status>;
