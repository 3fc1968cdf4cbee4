// One trial of a random world: we compile it and carry out the plan, istiod's own code says what each pod may then call, and every
// difference from what was promised is a fault, unless a diagnostic names that very difference.
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostic.ts';
import type { Settings } from '../../src/domain/settings.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { OracleAnswer, Probe, ProbeRequest } from '../kits/oracle/probe-request.ts';
import type { KubeObject } from '../support/cluster.ts';
import { compiled, settingsWith, type Compiled } from '../support/compiler.ts';
import { EXPECTED_WITH_FOREIGN, EXPECTED_ON_MANAGED } from '../support/expected-messages.ts';
import { podObject } from '../support/story.ts';
import { modelMesh, type ModelMesh } from '../support/model-mesh.ts';
import { expectationOf } from './expectation.ts';
import { mismatchesOf, type Mismatch } from './mismatches.ts';
import { allocatedAddress } from './callable-places.ts';
import { clusterOf, intentObjects, meshOf, NOON, podName } from './objects.ts';
import { attemptsOn, type Attempt } from './probes.ts';
import { OWN, type WorldSpec } from './world-spec.ts';
import type { Step } from '../../src/plan/steps.ts';

export type JudgedWorld = {
  readonly faults: readonly Mismatch[];
  /** What the intents are told. */
  readonly diagnostics: readonly Diagnostic[];
  /** How many calls were judged. */
  readonly probes: number;
};

export const settingsOf = ({ istioVersion, dnsCapture, dnsAllowed }: WorldSpec): Settings =>
  settingsWith({ istioVersion, dnsCapture, ...(dnsAllowed ? {} : { platformHosts: [] }) });

/** Everything that stands in the world, what was written into the mesh included. */
export const objectsPresent = (world: WorldSpec, mesh: ModelMesh): readonly KubeObject[] => [
  ...clusterOf(world),
  ...(mesh.objects() as readonly KubeObject[]),
];

/** Compiles and writes until nothing is left to do, as the controller would. */
export function compileUntilStable(
  world: WorldSpec,
  mesh: ModelMesh,
  onWrite: (step: Step) => void = () => undefined,
): Compiled {
  const settings = settingsOf(world);
  for (let round = 0; round < 4; round += 1) {
    const result = compiled([...objectsPresent(world, mesh), ...intentObjects(world)], OWN, settings);
    const steps = result.plan.phases.flat();
    if (steps.length === 0) return result;
    for (const step of steps) {
      mesh.apply(step);
      onWrite(step);
    }
  }
  throw new Error('the plan does not come to an end');
}

export type SettledWorld = {
  readonly result: Compiled;
  /** Everything that stands in the end, ours included. */
  readonly objects: readonly KubeObject[];
};

/** The world settled from an empty namespace; what others made after ours comes when ours stands. */
export function settledWorld(world: WorldSpec): SettledWorld {
  const mesh = modelMesh(OWN, NOON);
  const entries = world.entries.filter(({ older }) => older);
  if (entries.length < world.entries.length) compileUntilStable({ ...world, entries }, mesh);
  const result = compileUntilStable(world, mesh);
  return { result, objects: objectsPresent(world, mesh) };
}

/** A compiler that throws, or never comes to an end, is at fault too. A judge that fails is not, and rejects. */
export async function judgeWorld(world: WorldSpec, oracle: OracleClient): Promise<JudgedWorld> {
  let settled: SettledWorld;
  try {
    settled = settledWorld(world);
  } catch (error) {
    const fault: Mismatch = { pod: 'the compiler', kind: 'crash', what: String(error) };
    return { faults: [fault], diagnostics: [], probes: 0 };
  }
  return judge(world, settled, oracle);
}

async function judge(
  world: WorldSpec,
  { result, objects }: SettledWorld,
  oracle: OracleClient,
): Promise<JudgedWorld> {
  const attempts = attemptsOn(world);
  const judgement = await oracle.judge({
    ...probeRequest(world, [...objects, ...selectedPods(world)], attempts),
    validate: true,
    analyze: true,
  });
  const faults = world.pods.flatMap((labels, index) =>
    mismatchesOf(podName(index), expectationOf(labels, world), attempts, judgement, index, result),
  );
  return {
    faults: [...faults, ...objections(judgement, world)],
    diagnostics: result.compilation.diagnostics,
    probes: judgement.results.length,
  };
}

/** May each pod of the world call these, while these objects stand? The answers come pod by pod, in the order of the attempts. */
export const probeRequest = (
  world: WorldSpec,
  objects: readonly KubeObject[],
  attempts: readonly Attempt[],
): ProbeRequest => ({
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

function objections(
  { validation, messages }: OracleAnswer,
  { sidecars, entries }: WorldSpec,
): readonly Mismatch[] {
  const isAlone = sidecars.length === 0 && entries.length === 0;
  const expected = isAlone ? EXPECTED_ON_MANAGED : EXPECTED_WITH_FOREIGN;
  return [
    ...validation
      .filter(({ object }) => object.includes('egress-intent'))
      .map(({ object, errors, warnings }): Mismatch => ({
        pod: object,
        kind: 'validation',
        what: [...errors, ...warnings].join('; '),
      })),
    ...messages
      .filter(({ code, object }) => object.includes('egress-intent') && !expected.has(code))
      .map(({ code, object, message }): Mismatch => ({
        pod: object,
        kind: 'analysis',
        what: `${code} ${message}`,
      })),
  ];
}
