// Random edits of a random world.
import * as fc from 'fast-check';
import { unreachable } from '../../src/domain/result.ts';
import type { WorldIntent, Labels, ServiceSpec, WorldSpec } from './world-spec.ts';
import { intentSpec, podLabels, serviceSpec, arbitraryWorld } from './arbitrary-worlds.ts';

/** `at` is taken modulo what there is. */
type Edit =
  | { readonly kind: 'add-intent' | 'change-intent'; readonly at: number; readonly intent: WorldIntent }
  | { readonly kind: 'relabel-pod'; readonly at: number; readonly labels: Labels }
  | { readonly kind: 'change-service'; readonly at: number; readonly service: ServiceSpec }
  | { readonly kind: 'remove-intent' | 'remove-service'; readonly at: number };

/** An edit and how long after the one before it comes, in seconds: objects of one second have one age. */
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

/** The world after an edit. */
export function edited(world: WorldSpec, one: Edit): WorldSpec {
  const { intents, services, pods } = world;
  switch (one.kind) {
    case 'add-intent':
      return { ...world, intents: [...intents, one.intent] };
    case 'change-intent':
      return { ...world, intents: intents.with(one.at % intents.length, one.intent) };
    case 'remove-intent':
      // Others keep their names and ages, so it stays as one that grants and closes nothing.
      return {
        ...world,
        intents: intents.with(one.at % intents.length, { selector: { gone: '1' }, mode: 'Audit', allow: [] }),
      };
    case 'relabel-pod':
      return { ...world, pods: pods.with(one.at % pods.length, one.labels) };
    case 'remove-service':
      return { ...world, services: services.toSpliced(one.at % services.length, 1) };
    case 'change-service': {
      const others = services.filter(
        ({ namespace, name }) => `${namespace}/${name}` !== `${one.service.namespace}/${one.service.name}`,
      );
      return { ...world, services: [...others, one.service] };
    }
    default:
      return unreachable(one);
  }
}
