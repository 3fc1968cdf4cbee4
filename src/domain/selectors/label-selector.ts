// The label selector of Kubernetes, as MeshConfig has it. Istio's Sidecars support only equality: labels.ts.
import { z } from 'zod';
import { selects, type Labels } from '../labels.ts';

/** Every requirement must hold. A selector without requirements matches everything. */
export type LabelSelector = {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly MatchExpression[];
};

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

type MatchExpression = {
  readonly key: string;
  readonly operator: (typeof OPERATORS)[number];
  readonly values: readonly string[];
};

const RawExpression = z
  .object({ key: z.string(), operator: z.enum(OPERATORS), values: z.array(z.string()).default([]) })
  .refine(
    ({ operator, values }) => values.length > 0 === ['In', 'NotIn'].includes(operator),
    'has values that do not fit its operator: In and NotIn need values, the others have none',
  );

export const LabelSelectorSchema = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z.array(RawExpression).default([]),
});

/** Like Kubernetes, `NotIn` holds for labels without the key too. */
export const matchesSelector = ({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean =>
  selects(matchLabels, labels) &&
  matchExpressions.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    return (value !== undefined && values.includes(value)) === (operator === 'In');
  });
