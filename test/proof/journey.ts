// Random edits of a random world, and a judgement after the edit and after each write that follows it.
import * as fc from 'fast-check';
import type { Oracle } from '../oracle/oracle.ts';
import type { Verdict } from '../oracle/world.ts';
import type { KubeObject } from '../support/cluster.ts';
import { compiled, settingsWith } from '../support/compiler.ts';
import { modelMesh, type ModelMesh } from '../support/model-mesh.ts';
import { clusterOf, intentObjects, NOON, podName } from './objects.ts';
import { attemptsOn, type Attempt } from './probes.ts';
import { question } from './trial.ts';
import { OWN, type IntentSpec, type Labels, type ServiceSpec, type WorldSpec } from './world.ts';
import { intentSpec, podLabels, serviceSpec, worlds } from './worlds.ts';

/** `at` is taken modulo what there is. */
type Edit =
  | { readonly kind: 'add-intent' | 'change-intent'; readonly at: number; readonly intent: IntentSpec }
  | { readonly kind: 'relabel-pod'; readonly at: number; readonly labels: Labels }
  | { readonly kind: 'change-service'; readonly at: number; readonly service: ServiceSpec }
  | { readonly kind: 'remove-intent' | 'remove-service'; readonly at: number };

/** An edit and how long after the one before it comes, in seconds: objects of one second have one age. */
export type Leg = { readonly edit: Edit; readonly after: number };
export type Journey = { readonly start: WorldSpec; readonly legs: readonly Leg[] };

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

export const journeys = (options: Parameters<typeof worlds>[0]): fc.Arbitrary<Journey> =>
  fc.record({
    start: worlds(options),
    legs: fc.array(fc.record({ edit, after: fc.constantFrom(0, 1, 60) }), { minLength: 1, maxLength: 3 }),
  });

function edited(world: WorldSpec, one: Edit): WorldSpec {
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
  }
}

export type Jolt = {
  readonly pod: string;
  readonly kind: 'opened' | 'lost';
  readonly step: string;
  readonly what: string;
};
export type Travelled = {
  readonly jolts: readonly Jolt[];
  readonly writes: number;
  readonly last: WorldSpec;
};

/** Ends at the first leg that is not smooth. */
export async function travel({ start, legs }: Journey, oracle: Oracle): Promise<Travelled> {
  const mesh = modelMesh(OWN, NOON);
  await settle(start, mesh);
  let world = start;
  let writes = 0;
  for (const leg of legs) {
    mesh.pass(leg.after);
    world = edited(world, leg.edit);
    const attempts = attemptsOn(world);
    const states = [{ step: 'the edit', objects: standing(world, mesh) }];
    await settle(world, mesh, (step) => states.push({ step, objects: standing(world, mesh) }));
    writes += states.length - 1;
    if (states.length < 3) continue; // nothing between before and after
    const judged = await Promise.all(
      states.map(async ({ step, objects }) => {
        const { results } = await oracle.judge(question(world, objects, attempts));
        return { step, results };
      }),
    );
    const jolts = joltsOf(judged, attempts);
    if (jolts.length > 0) return { jolts, writes, last: world };
  }
  return { jolts: [], writes, last: world };
}

const standing = (world: WorldSpec, mesh: ModelMesh): readonly KubeObject[] => [
  ...clusterOf(world),
  ...(mesh.objects() as readonly KubeObject[]),
];

/** Compiles and writes until nothing is left to do. */
async function settle(world: WorldSpec, mesh: ModelMesh, onWrite: (step: string) => void = () => undefined) {
  const settings = settingsWith({ istioVersion: world.istioVersion, dnsCapture: world.dnsCapture });
  for (let round = 0; round < 4; round += 1) {
    const { plan } = compiled(
      [...clusterOf(world), ...intentObjects(world), ...mesh.objects()],
      OWN,
      settings,
    );
    const steps = plan.phases.flat();
    if (steps.length === 0) return;
    for (const step of steps) {
      mesh.apply(step);
      onWrite(`${step.kind === 'apply' ? step.verb : step.kind} ${step.id}`);
    }
  }
  throw new Error('the plan does not come to an end');
}

type Judged = { readonly step: string; readonly results: readonly Verdict[] };

const isOpen = (verdict: Verdict | undefined): boolean => verdict?.verdict === 'allowed';

function joltsOf(states: readonly Judged[], attempts: readonly Attempt[]): readonly Jolt[] {
  const [before, after] = [states[0], states.at(-1)];
  return states.slice(1, -1).flatMap(({ step, results }) =>
    results.flatMap((verdict, index): Jolt[] => {
      const [had, will] = [isOpen(before?.results[index]), isOpen(after?.results[index])];
      const attempt = attempts[index % attempts.length];
      const pod = podName(Math.floor(index / attempts.length));
      const what = `${attempt?.protocol} ${attempt?.address}:${attempt?.port} ${attempt?.name}: ${JSON.stringify(verdict)}`;
      if (isOpen(verdict) && !had && !will) return [{ pod, kind: 'opened', step, what }];
      return !isOpen(verdict) && had && will ? [{ pod, kind: 'lost', step, what }] : [];
    }),
  );
}
