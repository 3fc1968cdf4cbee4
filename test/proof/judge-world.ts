// Judges a random world: compiles it, carries out the plan, asks the oracle what each pod may then call, and lists every difference from
// what the intents grant.
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
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
import { clusterObjects, intentObjects, meshConfigOf, START_TIME, podName } from './objects.ts';
import { attemptsIn, type Attempt } from './probes.ts';
import { SHOP, type WorldSpec } from './world-spec.ts';
import type { Step } from '../../src/plan/steps.ts';

export type JudgedWorld = {
  readonly mismatches: readonly Mismatch[];
  /** Of the compilation. */
  readonly diagnostics: readonly Diagnostic[];
  /** The number of calls that the oracle judged. */
  readonly probes: number;
};

export const settingsOf = ({ istioVersion, dnsCapture, dnsAllowed, trusted }: WorldSpec): Settings =>
  settingsWith({
    istioVersion,
    dnsCapture,
    trustedNamespaces: trusted,
    ...(dnsAllowed ? {} : { platformHosts: [] }),
  });

/** Every object of the world, with those that the plan has written. */
export const objectsPresent = (world: WorldSpec, mesh: ModelMesh): readonly KubeObject[] => [
  ...clusterObjects(world),
  ...(mesh.objects() as readonly KubeObject[]),
];

export type WritingOptions = {
  /** Called after each write. */
  readonly onWrite?: (step: Step) => void;
  /** The controller makes the writes of a phase at once, so that they may come in any order: here in that of the plan, or in reverse. */
  readonly isReversed?: boolean;
};

/** Compiles and writes until the plan is empty, as the controller does. */
export function compileUntilStable(
  world: WorldSpec,
  mesh: ModelMesh,
  { onWrite = () => undefined, isReversed = false }: WritingOptions = {},
): Compiled {
  const settings = settingsOf(world);
  for (let round = 0; round < 4; round += 1) {
    const result = compiled([...objectsPresent(world, mesh), ...intentObjects(world)], SHOP, settings);
    const steps = result.plan.phases.flatMap((phase) => (isReversed ? phase.toReversed() : phase));
    if (steps.length === 0) return result;
    for (const step of steps) {
      mesh.apply(step);
      onWrite(step);
    }
  }
  throw new Error('the plan is not empty after four rounds');
}

export type SettledWorld = {
  readonly result: Compiled;
  /** Every object at the end, managed ones included. */
  readonly objects: readonly KubeObject[];
};

/** Carries out the world's plans in an empty namespace. Foreign ServiceEntries that are younger than the managed objects come after them. */
export function settledWorld(world: WorldSpec): SettledWorld {
  const mesh = modelMesh(SHOP, START_TIME);
  const serviceEntries = world.serviceEntries.filter(({ older }) => older);
  if (serviceEntries.length < world.serviceEntries.length)
    compileUntilStable({ ...world, serviceEntries }, mesh);
  const result = compileUntilStable(world, mesh);
  return { result, objects: objectsPresent(world, mesh) };
}

/** A compiler that throws, or whose plan never becomes empty, is a mismatch. Rejects if the oracle fails. */
export async function judgeWorld(world: WorldSpec, oracle: OracleClient): Promise<JudgedWorld> {
  let settled: SettledWorld;
  try {
    settled = settledWorld(world);
  } catch (error) {
    const crash: Mismatch = { pod: 'the compiler', kind: 'crash', what: String(error) };
    return { mismatches: [crash], diagnostics: [], probes: 0 };
  }
  return judge(world, settled, oracle);
}

async function judge(
  world: WorldSpec,
  { result, objects }: SettledWorld,
  oracle: OracleClient,
): Promise<JudgedWorld> {
  const attempts = attemptsIn(world);
  const answer = await oracle.judge({
    ...probeRequest(world, [...objects, ...selectedPods(world)], attempts),
    validate: true,
    analyze: true,
  });
  const mismatches = world.pods.flatMap((labels, index) =>
    mismatchesOf(podName(index), expectationOf(labels, world), attempts, answer, index, result),
  );
  return {
    mismatches: [...mismatches, ...invalidObjects(answer, world)],
    diagnostics: result.compilation.diagnostics,
    probes: answer.results.length,
  };
}

/** Asks for each pod whether it may make these calls under these objects. Results are pod by pod, in the order of the attempts. */
export const probeRequest = (
  world: WorldSpec,
  objects: readonly KubeObject[],
  attempts: readonly Attempt[],
): ProbeRequest => ({
  mesh: { outboundTrafficPolicy: { mode: 'ALLOW_ANY' }, ...meshConfigOf(world) },
  objects: objects.map((object) => withAllocation(object, world.dnsCapture)),
  proxies: world.pods.map((labels, index) => ({
    name: podName(index),
    namespace: SHOP,
    labels,
    ip: `10.44.2.${index + 1}`,
    istioVersion: `${world.istioVersion}.0`,
    dnsCapture: world.dnsCapture,
  })),
  probes: world.pods.flatMap((_pod, proxy) => attempts.map((attempt) => probeOf(attempt, proxy))),
});

export const probeOf = ({ protocol, address, port, name, ...request }: Attempt, proxy: number): Probe => {
  const to = { proxy, address, port };
  const { path, headers } = request;
  if (protocol === 'http')
    return { ...to, protocol, host: name, ...(path ? { path } : {}), ...(headers ? { headers } : {}) };
  return protocol === 'tls' ? { ...to, protocol, sni: name } : { ...to, protocol };
};

/** The addresses that istiod would allocate to the hosts of these objects. */
export const allocatedIn = (objects: readonly KubeObject[], { dnsCapture }: WorldSpec): ReadonlySet<string> =>
  new Set(
    objects.flatMap((object) => {
      const { status } = withAllocation(object, dnsCapture) as {
        readonly status?: { readonly addresses?: readonly { readonly value: string }[] };
      };
      return (status?.addresses ?? []).map(({ value }) => value);
    }),
  );

/** Adds the address that istiod would allocate: its controller for that does not run in the oracle. */
function withAllocation(object: KubeObject, dnsCapture: boolean): KubeObject {
  if (object.kind !== 'ServiceEntry' || !dnsCapture) return object;
  const spec = object['spec'] as { hosts: string[]; addresses?: string[] | null; resolution: string };
  if ((spec.addresses ?? []).length > 0 || spec.resolution === 'NONE') return object;
  const { name } = object.metadata;
  const addresses = spec.hosts.flatMap((host, index) => {
    if (host.startsWith('*')) return [];
    const key = `${name}${index === 0 ? '' : ' more'}`;
    return [{ host, value: allocatedAddress(name.startsWith('foreign-') ? key : host) }];
  });
  return addresses.length === 0 ? object : { ...object, status: { addresses } };
}

/** A pod for each selector, so that the analyzers do not report a selector without pods (IST0101): the status of the intent does that. */
const selectedPods = ({ intents }: WorldSpec): readonly KubeObject[] =>
  intents.map(({ selector }, index) => podObject(`selected-${index}`, SHOP, selector));

/** What the API server, istiod's webhook or istioctl's analyzers report about a managed object. */
export function invalidObjects(
  { validation, messages }: OracleAnswer,
  { sidecars, serviceEntries }: WorldSpec,
): readonly Mismatch[] {
  const isAlone = sidecars.length === 0 && serviceEntries.length === 0;
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
