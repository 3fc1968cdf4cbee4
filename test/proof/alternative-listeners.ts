// Tries every other listener for a port that a diagnostic says cannot be granted: none of them may be exact.
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import type { EgressListener } from '../../src/domain/kinds/sidecar.ts';
import { labelsKey } from '../../src/domain/labels.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { OracleAnswer, ProbeResult } from '../kits/oracle/probe-request.ts';
import type { KubeObject } from '../support/cluster.ts';
import type { Compiled } from '../support/compiler.ts';
import { expectationOf, type Expectation } from './expectation.ts';
import { probeRequest, settledWorld } from './judge-world.ts';
import { arrivesAt, isCallFor, mismatchesOf } from './mismatches.ts';
import { podName } from './objects.ts';
import { attemptsIn, type Attempt } from './probes.ts';
import { SHOP, type Labels, type WorldSpec } from './world-spec.ts';

type UngrantedPort = Extract<Diagnostic, { code: 'PortNotGranted' }>;
type Kind = UngrantedPort['reason']['kind'];

/** A pod of a world, and a port of which the diagnostics say, for one kind of reason, that some hosts are not granted. */
export type Case = {
  readonly world: WorldSpec;
  readonly labels: Labels;
  readonly kind: Kind;
  readonly port: number;
  readonly ungranted: readonly string[];
  /** Every host that matters on the port, granted or not. */
  readonly hosts: readonly string[];
};

/** All combinations of more hosts would take too long. */
const MOST_HOSTS = 4;

/** The reasons that another listener could remove; a listener cannot change duplicate hosts or a UDP port. */
const KINDS: readonly Kind[] = ['listenerConflict', 'headless'];

/** For each pod and kind of reason the first port. */
export function casesOf(world: WorldSpec): readonly Case[] {
  const { result } = settledWorld(world);
  const ungrantedPorts = result.compilation.diagnostics.filter(isUngrantedPort);
  return world.pods.flatMap((labels): readonly Case[] => {
    const { restricted, scope } = expectationOf(labels, world);
    const ofPod = ungrantedPorts.filter(
      ({ selector }) => restricted && labelsKey(selector) === labelsKey(scope),
    );
    return KINDS.flatMap((kind): readonly Case[] => {
      const port = ofPod.find(({ reason }) => reason.kind === kind)?.port;
      if (port === undefined) return [];
      const ofPort = ofPod.filter(({ port: number, reason }) => number === port && reason.kind === kind);
      const ungranted = [...new Set(ofPort.map(({ host }) => host))];
      const conflicting =
        kind === 'listenerConflict'
          ? ofPort.flatMap(({ reason }) => (reason.kind === 'listenerConflict' ? reason.hosts : []))
          : listenerHosts(result, scope, port);
      const hosts = [...new Set([...ungranted, ...conflicting])];
      if (hosts.length > MOST_HOSTS || hosts.some((host) => isRegisteredTwice(host, world, result)))
        return [];
      return [{ world, labels, kind, port, ungranted, hosts }];
    });
  });
}

/** True for a host of a managed and of a foreign ServiceEntry: which of them Istio imports depends on its version and the other hosts. */
const isRegisteredTwice = (host: string, { serviceEntries }: WorldSpec, { compilation }: Compiled): boolean =>
  compilation.serviceEntries.some(({ spec }) => `${SHOP}/${spec.hosts[0]}` === host) &&
  serviceEntries.some((serviceEntry) => `${serviceEntry.namespace}/${serviceEntry.host}` === host);

const isUngrantedPort = (diagnostic: Diagnostic): diagnostic is UngrantedPort =>
  diagnostic.code === 'PortNotGranted';

const listenerHosts = ({ compilation }: Compiled, scope: Labels, number: number): readonly string[] =>
  compilation.sidecars
    .filter((sidecar) => sidecar.scope.key === labelsKey(scope))
    .flatMap(({ spec }) => spec.egress)
    .flatMap(({ port, hosts }) => (port?.number === number ? hosts : []));

/**
 * A listener for the port with which the pod has no mismatch, if there is one. It must open the hosts that are not granted, each with its
 * own protocol, leave the path of every call that works now as it is, and send no other call to a host that the call does not name.
 */
async function exactListener(candidate: Case, oracle: OracleClient): Promise<EgressListener | undefined> {
  const { world, labels, kind, port } = candidate;
  const worldOfPod = { ...world, pods: [labels] };
  const { result, objects } = settledWorld(world);
  const expected = expectationOf(labels, world);
  const diagnostics = result.compilation.diagnostics.filter(
    (diagnostic) =>
      !isUngrantedPort(diagnostic) ||
      diagnostic.reason.kind !== kind ||
      diagnostic.port !== port ||
      labelsKey(diagnostic.selector) !== labelsKey(expected.scope),
  );
  const compilation = { ...result.compilation, diagnostics };
  const attempts = attemptsIn(world);
  const before = await oracle.judge(probeRequest(worldOfPod, objects, attempts));
  for (const listener of listenersFor(candidate)) {
    const changed = objects.map((object) => withListener(object, expected.scope, port, listener));
    const after = await oracle.judge(probeRequest(worldOfPod, changed, attempts));
    const mismatches = mismatchesOf(podName(0), expected, attempts, after, 0, { ...result, compilation });
    if (mismatches.length === 0 && isBetter(candidate, { expected, attempts, before, after }))
      return listener;
  }
  return undefined;
}

/** Each case for which another listener would be exact, as a sentence. */
export async function avoidableCases(
  cases: readonly Case[],
  oracle: OracleClient,
): Promise<readonly string[]> {
  const avoidable: string[] = [];
  for (const candidate of cases) {
    const listener = await exactListener(candidate, oracle);
    if (listener === undefined) continue;
    const { kind, port, ungranted } = candidate;
    avoidable.push(`${kind} on port ${port}: ${JSON.stringify(listener)} grants ${ungranted.join(', ')}`);
  }
  return avoidable;
}

type Comparison = {
  readonly expected: Expectation;
  readonly attempts: readonly Attempt[];
  readonly before: OracleAnswer;
  readonly after: OracleAnswer;
};

function isBetter({ ungranted, port }: Case, { expected, attempts, before, after }: Comparison): boolean {
  return attempts.every((attempt, index) => {
    const [was, is] = [before.results[index], after.results[index]];
    const { place } = attempt;
    if (place?.port === port && ungranted.includes(`${place.namespace}/${place.host}`))
      return is !== undefined && arrivesAt(place, attempt.name, is) && isRoutedByProtocol(attempt, is);
    if (was?.verdict === 'allowed') return isSamePath(was, is);
    if (is?.verdict !== 'allowed' || expected.grants.some((grant) => isCallFor(grant, attempt))) return true;
    return is.clusterType !== 'ORIGINAL_DST' && is.cluster.endsWith(`|${attempt.name}`);
  });
}

const isSamePath = (was: ProbeResult, is: ProbeResult | undefined): boolean =>
  is?.verdict === 'allowed' && is.cluster === was.cluster && is.vhost === was.vhost;

/** HTTP calls must be routed by name: as plain bytes they would lose the routes, retries and metrics of the host. */
const isRoutedByProtocol = ({ protocol }: Attempt, { vhost }: ProbeResult): boolean =>
  protocol !== 'http' || vhost !== undefined;

/**
 * Every protocol with every combination of the hosts, except a listener without protocol for a TCP host: it sniffs, and a server that
 * speaks first would wait for ever, which the oracle cannot see.
 */
function listenersFor({ world, port, hosts }: Case): readonly EgressListener[] {
  const places = attemptsIn(world).flatMap(({ place }) => place ?? []);
  const isTcp = (host: string): boolean =>
    host.endsWith('.egress-intent.internal') ||
    places.some(
      (place) => `${place.namespace}/${place.host}` === host && place.port === port && place.class === 'tcp',
    );
  return (['HTTP', 'TCP', 'TLS', undefined] as const).flatMap((protocol) =>
    subsetsOf(hosts)
      .filter((subset) => subset.length > 0 && (protocol !== undefined || !subset.some(isTcp)))
      .map((subset) => ({
        port: { number: port, name: `p-${port}`, ...(protocol === undefined ? {} : { protocol }) },
        hosts: subset,
      })),
  );
}

const subsetsOf = (hosts: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: 2 ** hosts.length }, (_, bits) => hosts.filter((_host, at) => (bits >> at) % 2 === 1));

/** The Sidecar of the scope with this listener in place of its listener for the port; any other object unchanged. */
function withListener(object: KubeObject, scope: Labels, port: number, listener: EgressListener): KubeObject {
  if (object.kind !== 'Sidecar' || !object.metadata.name.startsWith('egress-intent')) return object;
  const spec = object['spec'] as {
    readonly workloadSelector?: { readonly labels: Labels };
    readonly egress: readonly EgressListener[];
  };
  if (labelsKey(spec.workloadSelector?.labels ?? {}) !== labelsKey(scope)) return object;
  const rest = spec.egress.filter((existing) => existing.port?.number !== port);
  return { ...object, spec: { ...spec, egress: [listener, ...rest] } };
}
