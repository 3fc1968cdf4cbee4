// The status of an EgressIntent: conditions like those of the Gateway API, and the names of the generated objects.
import { z } from 'zod';
import { GENERATED_KINDS } from '../kinds/manifest.ts';
import { PENDING, REASONS, type ConditionType, type ReasonRow } from './condition-reasons.ts';

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
      /** Where there may be several causes, each of them; the reason is that of the first. Not part of a status. */
      readonly causes?: readonly Cause<K>[];
    };
  }[Reason<K>];
}[T];

/** One cause why a condition does not hold. The text names objects, says what is wrong, then what to do. */
export type Cause<K extends ConditionType> = {
  readonly reason: { readonly [R in Reason<K>]: StatusOf<K, R> extends 'False' ? R : never }[Reason<K>];
  readonly text: string;
};

type StatusOf<K extends ConditionType, R extends Reason<K>> = (typeof REASONS)[K][R] extends {
  readonly status: infer S extends ReasonRow['status'];
}
  ? S
  : never;

const Condition = z.strictObject({
  type: z.string().max(316).describe('Accepted, ResolvedRefs, Programmed, Effective, Ready or Stalled.'),
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
    .describe(
      'Accepted, ResolvedRefs, Programmed and Effective; Ready, which summarizes them; and Stalled while the spec must change.',
    ),
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

/** The status of an intent that no controller has looked at, which the API server fills in. */
export const INITIAL_STATUS: Status = {
  conditions: (['Accepted', 'ResolvedRefs', 'Programmed', 'Effective', 'Ready'] as const).map((type) => ({
    type,
    status: REASONS[type].Pending.status,
    reason: PENDING,
    message: 'waiting for the controller',
    observedGeneration: 0,
    lastTransitionTime: '1970-01-01T00:00:00Z',
  })),
};
