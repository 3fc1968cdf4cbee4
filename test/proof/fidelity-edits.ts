// Generates edits of random worlds with the routing of a real mesh: of the intents, and of the routes and registrations around them.
import * as fc from 'fast-check';
import { podLabels, serviceSpec } from './arbitrary-worlds.ts';
import { type Edit, type EditSequence } from './edit-sequence.ts';
import { fidelityWorld } from './fidelity-worlds.ts';
import type { IntentSpec, WorldSpec } from './world-spec.ts';

const at = fc.nat(11);

/** An intent with some of the entries of the world's first intent, which grants most of what the world has. */
const intentIn = ({ intents }: WorldSpec, selector: fc.Arbitrary<IntentSpec['selector']>) =>
  fc.record({
    selector,
    mode: fc.constant('Enforce' as const),
    allow: fc.subarray([...(intents[0]?.allow ?? [])]),
  });

const editIn = (world: WorldSpec): fc.Arbitrary<Edit> => {
  const change = intentIn(world, fc.constant({})).map((intent): Edit => ({
    kind: 'change-intent',
    at: 0,
    intent,
  }));
  return fc.oneof(
    { weight: 4, arbitrary: change },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('add-intent' as const, 'change-intent' as const),
        at,
        intent: intentIn(world, podLabels),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove-intent' as const), at }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('relabel-pod' as const), at, labels: podLabels }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('change-service' as const), at, service: serviceSpec }),
    },
    {
      weight: 2,
      arbitrary: fc
        .subarray([...(world.routing ?? [])])
        .map((routing): Edit => ({ kind: 'change-routing', routing })),
    },
    {
      weight: 2,
      arbitrary: fc.nat(world.serviceEntries.length).map((count): Edit => ({
        kind: 'change-registrations',
        serviceEntries: world.serviceEntries.slice(0, count),
      })),
    },
  );
};

export const fidelityEdits = (versions: readonly string[]): fc.Arbitrary<EditSequence> =>
  fidelityWorld(versions).chain((world) =>
    fc.record({
      start: fc
        .record({
          first: intentIn(world, fc.constant({})),
          routing: fc.subarray([...(world.routing ?? [])], {
            minLength: Math.min(1, world.routing?.length ?? 0),
          }),
        })
        .map(({ first, routing }) => ({ ...world, routing, intents: [first, ...world.intents.slice(1)] })),
      edits: fc.array(fc.record({ edit: editIn(world), after: fc.constantFrom(0, 1, 60) }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  );
