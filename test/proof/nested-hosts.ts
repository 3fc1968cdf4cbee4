// Edits among a wildcard and hosts below it, each on few ports: what one intent loses, the wildcard of another must not gain meanwhile.
import * as fc from 'fast-check';
import { arbitraryWorld, type WorldOptions } from './arbitrary-worlds.ts';
import type { Edit, EditSequence } from './edit-sequence.ts';
import type { IntentSpec } from './world-spec.ts';

const entry = fc.record(
  {
    host: fc.constantFrom('a.ext.com', 'b.a.ext.com', '*.ext.com'),
    ports: fc.constantFrom([{ port: 8080, protocol: 'TLS' }], [{ port: 443, protocol: 'TLS' }]),
  },
  { requiredKeys: ['host'] },
);
const intent: fc.Arbitrary<IntentSpec> = fc.record({
  selector: fc.constantFrom({}, { a: '1' }, { c: '1' }),
  mode: fc.constant('Enforce' as const),
  allow: fc.array(entry, { minLength: 1, maxLength: 2 }),
});
const at = fc.nat(11);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('change-intent' as const), at, intent }),
  fc.record({
    kind: fc.constant('change-intent' as const),
    at,
    intent: intent.map((changed) => ({ ...changed, allow: [] })),
  }),
  fc.record({ kind: fc.constant('remove-intent' as const), at }),
);

/** Nothing else registers these hosts, and each selector has a pod. */
export const nestedHostsEdits = ({ versions }: Pick<WorldOptions, 'versions'>): fc.Arbitrary<EditSequence> =>
  fc.record({
    start: fc
      .tuple(arbitraryWorld({ versions }), fc.array(intent, { minLength: 2, maxLength: 4 }))
      .map(([world, intents]) => ({
        ...world,
        serviceEntries: [],
        sidecars: [],
        intents,
        pods: [{}, { a: '1' }, { c: '1' }],
      })),
    edits: fc.array(fc.record({ edit, after: fc.constantFrom(0, 1, 60) }), { minLength: 1, maxLength: 3 }),
  });
