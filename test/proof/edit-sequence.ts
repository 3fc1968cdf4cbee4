// Generates edits of a random world and applies them.
import * as fc from 'fast-check';
import { unreachable } from '../../src/domain/result.ts';
import type { KubeObject } from '../support/cluster.ts';
import type { IntentSpec, Labels, ServiceEntrySpec, ServiceSpec, WorldSpec } from './world-spec.ts';
import { intentSpec, podLabels, serviceSpec, arbitraryWorld } from './arbitrary-worlds.ts';

/** `at` is an index modulo the length of the list. */
export type Edit =
  | { readonly kind: 'add-intent' | 'change-intent'; readonly at: number; readonly intent: IntentSpec }
  | { readonly kind: 'relabel-pod'; readonly at: number; readonly labels: Labels }
  | { readonly kind: 'change-service'; readonly at: number; readonly service: ServiceSpec }
  | { readonly kind: 'change-routing'; readonly routing: readonly KubeObject[] }
  | { readonly kind: 'change-registrations'; readonly serviceEntries: readonly ServiceEntrySpec[] }
  | { readonly kind: 'remove-intent' | 'remove-service'; readonly at: number };

/** An edit, and the seconds between it and the one before. Objects that are created in the same second have the same age. */
export type TimedEdit = { readonly edit: Edit; readonly after: number };
export type EditSequence = { readonly start: WorldSpec; readonly edits: readonly TimedEdit[] };

const at = fc.nat(11);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('add-intent' as const, 'change-intent' as const, 'change-intent' as const),
    at,
    intent: intentSpec,
  }),
  fc.record({ kind: fc.constantFrom('remove-intent' as const, 'remove-service' as const), at }),
  fc.record({ kind: fc.constant('relabel-pod' as const), at, labels: podLabels }),
  fc.record({ kind: fc.constant('change-service' as const), at, service: serviceSpec }),
);

export const arbitraryEditSequence = (
  options: Parameters<typeof arbitraryWorld>[0],
): fc.Arbitrary<EditSequence> =>
  fc.record({
    start: arbitraryWorld(options),
    edits: fc.array(fc.record({ edit, after: fc.constantFrom(0, 1, 60) }), { minLength: 1, maxLength: 3 }),
  });

/** The world after the edit. */
export function edited(world: WorldSpec, change: Edit): WorldSpec {
  const { intents, services, pods } = world;
  switch (change.kind) {
    case 'add-intent':
      return { ...world, intents: [...intents, change.intent] };
    case 'change-intent':
      return { ...world, intents: intents.with(change.at % intents.length, change.intent) };
    case 'remove-intent':
      // An intent's name and age depend on its position, so the list keeps an intent that selects no pod and grants nothing.
      return {
        ...world,
        intents: intents.with(change.at % intents.length, {
          selector: { gone: '1' },
          mode: 'Audit',
          allow: [],
        }),
      };
    case 'relabel-pod':
      return { ...world, pods: pods.with(change.at % pods.length, change.labels) };
    case 'remove-service':
      return { ...world, services: services.toSpliced(change.at % services.length, 1) };
    case 'change-service': {
      const remaining = services.filter(
        ({ namespace, name }) =>
          `${namespace}/${name}` !== `${change.service.namespace}/${change.service.name}`,
      );
      return { ...world, services: [...remaining, change.service] };
    }
    case 'change-routing':
      return { ...world, routing: change.routing };
    case 'change-registrations':
      return { ...world, serviceEntries: change.serviceEntries };
    default:
      return unreachable(change);
  }
}
