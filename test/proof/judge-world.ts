// One trial of a random world: we compile it and carry out the plan, istiod's own code says what each pod may then call, and every
// difference from what was promised is a fault, unless a diagnostic names that very difference.
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostic.ts';
import type { Settings } from '../../src/domain/settings.ts';
import type { Judge } from '../kits/oracle/with-oracle.ts';
import type { Judgement, Probe, World } from '../kits/oracle/probe-request.ts';
import type { KubeObject } from '../support/cluster.ts';
import { compiled, settingsWith, type Compiled } from '../support/compiler.ts';
import { EXPECTED_BESIDE_OTHERS, EXPECTED_OF_OURS } from '../support/expected-messages.ts';
import { podObject } from '../support/story.ts';
import { modelMesh, type ModelMesh } from '../support/model-mesh.ts';
import { expectationOf } from './expectation.ts';
import { faultsOf, type Fault } from './mismatches.ts';
import { allocatedAddress } from './callable-places.ts';
import { clusterOf, intentObjects, meshOf, NOON, podName } from './objects.ts';
import { attemptsOn, type Attempt } from './probes.ts';
import { OWN, type WorldSpec } from './world-spec.ts';
import type { Step } from '../../src/plan/steps.ts';

export type Trial = {
  readonly faults: readonly Fault[];
  /** What the intents are told. */
  readonly diagnostics: readonly Diagnostic[];
  /** How many calls were judged. */
  readonly probes: number;
};

export const settingsOf = ({ istioVersion, dnsCapture, dnsAllowed }: WorldSpec): Settings =>
  settingsWith({ istioVersion, dnsCapture, ...(dnsAllowed ? {} : { platformHosts: [] }) });

/** Everything that stands in the world, what was written into the mesh included. */
export const standing = (world: WorldSpec, mesh: ModelMesh): readonly KubeObject[] => [
  ...clusterOf(world),
  ...(mesh.objects() as readonly KubeObject[]),
];

/** Compiles and writes until nothing is left to do, as the controller would. */
export function settle(
  world: WorldSpec,
  mesh: ModelMesh,
  onWrite: (step: Step) => void = () => undefined,
): Compiled {
  const settings = settingsOf(world);
  for (let round = 0; round < 4; round += 1) {
    const result = compiled([...standing(world, mesh), ...intentObjects(world)], OWN, settings);
    const steps = result.plan.phases.flat();
    if (steps.length === 0) return result;
    for (const step of steps) {
      mesh.apply(step);
      onWrite(step);
    }
  }
  throw new Error('the plan does not come to an end');
}

export type CarriedOut = {
  readonly result: Compiled;
  /** Everything that stands in the end, ours included. */
  readonly objects: readonly KubeObject[];
};

/** The world settled from an empty namespace; what others made after ours comes when ours stands. */
export function carriedOut(world: WorldSpec): CarriedOut {
  const mesh = modelMesh(OWN, NOON);
  const entries = world.entries.filter(({ older }) => older);
  if (entries.length < world.entries.length) settle({ ...world, entries }, mesh);
  const result = settle(world, mesh);
  return { result, objects: standing(world, mesh) };
}

/** A compiler that throws, or never comes to an end, is at fault too. A judge that fails is not, and rejects. */
export async function tryWorld(world: WorldSpec, oracle: Judge): Promise<Trial> {
  let settled: CarriedOut;
  try {
    settled = carriedOut(world);
  } catch (error) {
    const fault: Fault = { pod: 'the compiler', kind: 'crash', what: String(error) };
    return { faults: [fault], diagnostics: [], probes: 0 };
  }
  return judge(world, settled, oracle);
}

async function judge(world: WorldSpec, { result, objects }: CarriedOut, oracle: Judge): Promise<Trial> {
  const attempts = attemptsOn(world);
  const judgement = await oracle.judge({
    ...question(world, [...objects, ...selectedPods(world)], attempts),
    validate: true,
    analyze: true,
  });
  const faults = world.pods.flatMap((labels, index) =>
    faultsOf(podName(index), expectationOf(labels, world), attempts, judgement, index, result),
  );
  return {
    faults: [...faults, ...objections(judgement, world)],
    diagnostics: result.compilation.diagnostics,
    probes: judgement.results.length,
  };
}

/** May each pod of the world call these, while these objects stand? The answers come pod by pod, in the order of the attempts. */
export const question = (
  world: WorldSpec,
  objects: readonly KubeObject[],
  attempts: readonly Attempt[],
): World => ({
  mesh: { outboundTrafficPolicy: { mode: 'ALLOW_ANY' }, ...meshOf(world) },
  objects: objects.map((object) => withAllocation(object, world.dnsCapture)),
  proxies: world.pods.map((labels, index) => ({
    name: podName(index),
    namespace: OWN,
    labels,
    ip: `10.44.2.${index + 1}`,
    istioVersion: `${world.istioVersion}.0`,
    dnsCapture: world.dnsCapture,
  })),
  probes: world.pods.flatMap((_pod, proxy) => attempts.map((attempt) => probeOf(attempt, proxy))),
});

const probeOf = ({ protocol, address, port, name }: Attempt, proxy: number): Probe => {
  const to = { proxy, address, port };
  if (protocol === 'http') return { ...to, protocol, host: name };
  return protocol === 'tls' ? { ...to, protocol, sni: name } : { ...to, protocol };
};

/** istiod allocates addresses in a controller that does not run in the oracle. */
function withAllocation(object: KubeObject, dnsCapture: boolean): KubeObject {
  if (object.kind !== 'ServiceEntry' || !dnsCapture) return object;
  const spec = object['spec'] as { hosts: string[]; addresses?: string[]; resolution: string };
  const [host = ''] = spec.hosts;
  if (spec.addresses || spec.resolution === 'NONE' || host.startsWith('*')) return object;
  const { name } = object.metadata;
  const value = allocatedAddress(name.startsWith('theirs') ? name : host);
  return { ...object, status: { addresses: [{ host, value }] } };
}

/** One for each selector: an intent without pods is told so by us, and istioctl need not say it again (IST0101). */
const selectedPods = ({ intents }: WorldSpec): readonly KubeObject[] =>
  intents.map(({ selector }, index) => podObject(`selected-${index}`, OWN, selector));

function objections({ validation, messages }: Judgement, { sidecars, entries }: WorldSpec): readonly Fault[] {
  const isAlone = sidecars.length === 0 && entries.length === 0;
  const expected = isAlone ? EXPECTED_OF_OURS : EXPECTED_BESIDE_OTHERS;
  return [
    ...validation
      .filter(({ object }) => object.includes('egress-intent'))
      .map(({ object, errors, warnings }): Fault => ({
        pod: object,
        kind: 'validation',
        what: [...errors, ...warnings].join('; '),
      })),
    ...messages
      .filter(({ code, object }) => object.includes('egress-intent') && !expected.has(code))
      .map(({ code, object, message }): Fault => ({
        pod: object,
        kind: 'analysis',
        what: `${code} ${message}`,
      })),
  ];
}
