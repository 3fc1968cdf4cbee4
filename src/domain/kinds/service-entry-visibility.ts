// `serviceEntryVisibility` of MeshConfig: the mesh's owner decides which namespaces see the ServiceEntries of a namespace.
import { z } from 'zod';
import type { Labels } from '../labels.ts';
import { LabelSelectorSchema, matchesSelector, type LabelSelector } from '../selectors/label-selector.ts';
import { enumOf, message } from '../mesh-config/protojson.ts';
import { withoutNulls } from './absent.ts';

/** How far a ServiceEntry may reach at most: its `exportTo` counts within that. */
export type EntryReach = 'everywhere' | 'own-namespace' | 'nowhere';

/** As far as sidecars obey it. */
export type ServiceEntryVisibility = {
  readonly byDefault: EntryReach;
  /** The first policy of which every rule matches the namespace of the ServiceEntry counts. */
  readonly policies: readonly {
    readonly reach: EntryReach;
    /** A rule without a valid selector matches nothing. */
    readonly rules: readonly (LabelSelector | undefined)[];
  }[];
};

const Visibility = enumOf(['VISIBILITY_UNSPECIFIED', 'NONE', 'NAMESPACE', 'PUBLIC'])
  .optional()
  .transform((name): EntryReach => {
    if (name === 'NONE') return 'nowhere';
    return name === 'NAMESPACE' ? 'own-namespace' : 'everywhere';
  });

const Selector = z.preprocess(withoutNulls, LabelSelectorSchema);

const Rule = message({ namespaceSelector: Selector.optional().catch(undefined) });

/** `undefined` where sidecars do not obey it (`applyToSidecars`). Source: istio/istio pilot/pkg/model/serviceentry_visibility.go. */
export const ServiceEntryVisibilitySchema = message({
  defaultVisibility: Visibility,
  applyToSidecars: z.boolean().default(false),
  policies: z
    .array(message({ visibility: Visibility, matchingRules: z.array(Rule).default([]) }))
    .default([]),
}).transform(({ defaultVisibility, applyToSidecars, policies }): ServiceEntryVisibility | undefined =>
  applyToSidecars
    ? {
        byDefault: defaultVisibility,
        policies: policies.map(({ visibility, matchingRules }) => ({
          reach: visibility,
          rules: matchingRules.map(({ namespaceSelector }) => namespaceSelector),
        })),
      }
    : undefined,
);

/** How far the ServiceEntries of a namespace with these labels may reach. A namespace whose labels are not known is not narrowed. */
export function reachOfEntries(
  visibility: ServiceEntryVisibility | undefined,
  labels: Labels | undefined,
): EntryReach {
  if (visibility === undefined || labels === undefined) return 'everywhere';
  const policy = visibility.policies.find(({ rules }) =>
    rules.every((selector) => selector !== undefined && matchesSelector(selector, labels)),
  );
  return policy?.reach ?? visibility.byDefault;
}
