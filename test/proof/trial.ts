// One trial of a random world: we compile it and carry out the plan, istiod's own code says what each pod may then call, and every
// difference from what was promised is a fault, unless a diagnostic names that very difference.
import ipaddr from 'ipaddr.js';
import type { Diagnostic } from '../../src/domain/diagnostic.ts';
import { labelsKey } from '../../src/domain/labels.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Judgement, Probe, Verdict } from '../oracle/world.ts';
import type { KubeObject } from '../support/cluster.ts';
import { compiled, settingsWith, type Compiled } from '../support/compiler.ts';
import { podObject } from '../support/story.ts';
import { modelMesh } from '../support/model-mesh.ts';
import { expectationOf, type Expectation, type Grant } from './expectation.ts';
import { allocatedAddress, type Place } from './known.ts';
import { clusterOf, intentObjects, NOON, podName } from './objects.ts';
import { attemptsOn, properAttempts, type Attempt } from './probes.ts';
import { OWN, type WorldSpec } from './world.ts';

export type Fault = {
  readonly pod: string;
  readonly kind: 'more' | 'less' | 'validation' | 'analysis' | 'sidecar';
  readonly what: string;
};

export type Trial = {
  readonly faults: readonly Fault[];
  readonly result: Compiled;
  /** Everything that stands in the end, ours included. */
  readonly objects: readonly KubeObject[];
};

/** Compiles until nothing is left to do, as the controller would from an empty namespace. */
export function carriedOut(world: WorldSpec): {
  readonly result: Compiled;
  readonly objects: readonly KubeObject[];
} {
  const settings = settingsWith({ istioVersion: world.istioVersion, dnsCapture: world.dnsCapture });
  const mesh = modelMesh(OWN, NOON);
  const around = clusterOf(world);
  const intents = intentObjects(world);
  for (let round = 0; round < 4; round += 1) {
    const result = compiled([...around, ...intents, ...mesh.objects()], OWN, settings);
    const steps = result.plan.phases.flat();
    if (steps.length === 0) return { result, objects: [...around, ...(mesh.objects() as KubeObject[])] };
    for (const step of steps) mesh.apply(step);
  }
  throw new Error('the plan does not come to an end');
}

export async function tryWorld(world: WorldSpec, oracle: Oracle): Promise<Trial> {
  const { result, objects } = carriedOut(world);
  const attempts = attemptsOn(world);
  const pods = world.pods.map((labels, index) => ({
    name: podName(index),
    labels,
    expected: expectationOf(labels, world),
  }));
  const judgement = await oracle.judge({
    mesh: { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } },
    objects: [...objects.map((object) => withAllocation(object, world)), ...selectedPods(world)],
    proxies: pods.map(({ name, labels }, index) => ({
      name,
      namespace: OWN,
      labels,
      ip: `10.44.2.${index + 1}`,
      istioVersion: `${world.istioVersion}.0`,
      dnsCapture: world.dnsCapture,
    })),
    probes: pods.flatMap((_pod, proxy) => attempts.map((attempt) => probeOf(attempt, proxy))),
    validate: true,
    analyze: true,
  });
  const faults = pods.flatMap(({ name, expected }, index) =>
    faultsOf(name, expected, attempts, judgement, index, result),
  );
  return { result, objects, faults: [...faults, ...objections(judgement)] };
}

const probeOf = ({ protocol, address, port, name }: Attempt, proxy: number): Probe => {
  const to = { proxy, address, port };
  if (protocol === 'http') return { ...to, protocol, host: name };
  return protocol === 'tls' ? { ...to, protocol, sni: name } : { ...to, protocol };
};

/** istiod allocates addresses in a controller that does not run in the oracle. */
function withAllocation(object: KubeObject, { dnsCapture }: WorldSpec): KubeObject {
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

/**
 * IST0110 and IST0111 warn of any two Sidecars that match a pod; ours overlap on purpose, and with somebody else's we say who wins.
 * IST0177 warns where somebody else's ServiceEntry gives the same host another protocol, which is theirs and not ours to mend.
 * IST0134 warns of TCP without an address, which we write only where it is sound (see TcpHostNeedsAddress).
 */
const EXPECTED_MESSAGES = new Set(['IST0110', 'IST0111', 'IST0134', 'IST0177']);

function objections({ validation, messages }: Judgement): readonly Fault[] {
  return [
    ...validation
      .filter(({ object }) => object.includes('egress-intent'))
      .map(({ object, errors, warnings }): Fault => ({
        pod: object,
        kind: 'validation',
        what: [...errors, ...warnings].join('; '),
      })),
    ...messages
      .filter(({ code, object }) => object.includes('egress-intent') && !EXPECTED_MESSAGES.has(code))
      .map(({ code, object, message }): Fault => ({
        pod: object,
        kind: 'analysis',
        what: `${code} ${message}`,
      })),
  ];
}

function faultsOf(
  pod: string,
  expected: Expectation,
  attempts: readonly Attempt[],
  { results, proxies }: Judgement,
  index: number,
  { compilation, statuses }: Compiled,
): readonly Fault[] {
  if (!expected.closed) return [];
  const governing = proxies[index]?.sidecar ?? '';
  if (!governing.startsWith(`${OWN}/egress-intent`)) {
    const told = expected.intents.every((intent) => {
      const effective = statuses[`intent-${intent}`]?.conditions?.find(({ type }) => type === 'Effective');
      return effective?.reason === 'Shadowed' || effective?.reason === 'Audit';
    });
    return told ? [] : [{ pod, kind: 'sidecar', what: `is governed by ${governing}, and nobody is told` }];
  }
  const own = compilation.diagnostics.filter(({ intent }) =>
    expected.intents.some((one) => intent === `intent-${one}`),
  );
  const grants = expected.grants.filter((grant) => !isRefused(grant, own));
  const places = attempts.flatMap(({ place }) => place ?? []);
  const verdicts = new Map(attempts.map((attempt, at) => [attempt, results[index * attempts.length + at]]));
  const fault = (kind: 'more' | 'less', attempt: Attempt, verdict: Verdict | undefined): Fault => ({
    pod,
    kind,
    what: `${attempt.protocol} ${attempt.address}:${attempt.port} ${attempt.name}: ${JSON.stringify(verdict)}`,
  });
  return [...verdicts].flatMap(([attempt, verdict]) => {
    if (verdict?.verdict === 'allowed' && !isGranted(verdict, attempt, grants, own, places))
      return [fault('more', attempt, verdict)];
    const wanted = grants.filter((grant) => isMeant(grant, attempt));
    if (wanted.length === 0 || wanted.some((grant) => arrives(grant, verdict))) return [];
    return wanted.every((grant) => isWaived(grant, own, expected)) ? [] : [fault('less', attempt, verdict)];
  });
}

const sourceOf = ({ intent, entry }: Diagnostic): string => `${intent} ${entry}`;
const isAbout = (grant: Grant, diagnostic: Diagnostic): boolean =>
  sourceOf(diagnostic) === `intent-${grant.intent} ${grant.entry}`;

/** Refused outright, by a diagnostic about the very entry. */
const isRefused = (grant: Grant, diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((diagnostic) => {
    if (!isAbout(grant, diagnostic)) return false;
    if (diagnostic.code === 'TcpHostNeedsAddress') {
      return grant.kind === 'place' && diagnostic.ports.includes(grant.place.port);
    }
    return ['HostProtocolsDiffer', 'HostInCluster', 'AliasLeadsNowhere'].includes(diagnostic.code);
  });

/** Whether the call is one that the grant is for, made as it is meant to be made. */
function isMeant(grant: Grant, attempt: Attempt): boolean {
  if (grant.kind === 'range')
    return attempt.protocol === 'tcp' && attempt.port === grant.port && isIn(attempt.address, grant.range);
  return properAttempts(grant.place).some(
    ({ protocol, address, port, name }) =>
      attempt.protocol === protocol &&
      attempt.address === address &&
      attempt.port === port &&
      attempt.name === name,
  );
}

function isIn(address: string, range: string): boolean {
  if (!range.includes('/')) return address === range;
  const parsed = ipaddr.parse(address);
  const [base, length] = ipaddr.parseCIDR(range);
  return parsed.kind() === base.kind() && parsed.match(base, length);
}

type Reached = { readonly host: string; readonly port: number };

/** `outbound|443||api.example.com` */
function reachedBy(cluster: string): Reached {
  const [, port = '', , host = ''] = cluster.split('|');
  return { host, port: Number(port) };
}

const RANGE = '.egress-intent.internal';

function covers(grant: Grant, { host, port }: Reached, address: string): boolean {
  if (grant.kind === 'range')
    return host.endsWith(RANGE) && grant.port === port && isIn(address, grant.range);
  const { place } = grant;
  if (place.port !== port) return false;
  return place.host === host || (place.host.startsWith('*.') && host.endsWith(place.host.slice(1)));
}

/** How a host is reached that somebody else registered in our namespace is theirs to say. */
const LEAVES_ADDRESS = new Set(['ClientChoosesAddress', 'HostAlsoRegistered']);

/** Allowed calls must end where a grant says, and at no address of the client's choice but where a diagnostic says so. */
function isGranted(
  verdict: Extract<Verdict, { verdict: 'allowed' }>,
  attempt: Attempt,
  grants: readonly Grant[],
  diagnostics: readonly Diagnostic[],
  places: readonly Place[],
): boolean {
  const reached = reachedBy(verdict.cluster);
  const holders = grants.filter((grant) => covers(grant, reached, attempt.address));
  if (holders.length === 0) return false;
  if (verdict.clusterType !== 'ORIGINAL_DST' || reached.host.endsWith(RANGE)) return true;
  return holders.some(
    (grant) =>
      grant.kind === 'place' &&
      (places.some(
        ({ host, port, address }) =>
          host === reached.host && port === reached.port && address === attempt.address,
      ) ||
        diagnostics.some((diagnostic) => LEAVES_ADDRESS.has(diagnostic.code) && isAbout(grant, diagnostic))),
  );
}

function arrives(grant: Grant, verdict: Verdict | undefined): boolean {
  if (verdict?.verdict !== 'allowed') return false;
  const reached = reachedBy(verdict.cluster);
  if (grant.kind === 'range') return reached.host.endsWith(RANGE) && reached.port === grant.port;
  return covers(grant, reached, grant.place.address);
}

/** Granted, but not to be had in this very scope, and a diagnostic says of which port of which host. */
const isWaived = (grant: Grant, diagnostics: readonly Diagnostic[], { scope }: Expectation): boolean =>
  diagnostics.some((diagnostic) => {
    if (diagnostic.code === 'HostAlsoRegistered') return isAbout(grant, diagnostic);
    if (diagnostic.code !== 'PortNotGranted' || labelsKey(diagnostic.selector) !== labelsKey(scope))
      return false;
    if (grant.kind === 'range') return diagnostic.port === grant.port && isAbout(grant, diagnostic);
    const { namespace, host, port } = grant.place;
    return diagnostic.port === port && diagnostic.host === `${namespace}/${host}`;
  });
