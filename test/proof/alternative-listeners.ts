// Could Istio have been exact after all? Where a port is not granted beside others, every other listener for it is tried.
import type { Diagnostic } from '../../src/domain/egress-intent/diagnostics.ts';
import { labelsKey } from '../../src/domain/labels.ts';
import type { OracleClient } from '../kits/oracle/with-oracle.ts';
import type { OracleAnswer, ProbeResult } from '../kits/oracle/probe-request.ts';
import type { KubeObject } from '../support/cluster.ts';
import type { Compiled } from '../support/compiler.ts';
import { expectationOf, type Expectation } from './expectation.ts';
import { arrivesAt, mismatchesOf, isMeant } from './mismatches.ts';
import { podName } from './objects.ts';
import { attemptsOn, type Attempt } from './probes.ts';
import { settledWorld, probeRequest } from './judge-world.ts';
import { OWN, type Labels, type WorldSpec } from './world-spec.ts';
import type { EgressListener } from '../../src/domain/kinds/sidecar.ts';

type Loss = Extract<Diagnostic, { code: 'PortNotGranted' }>;
type Kind = Loss['reason']['kind'];

/** A pod of the world, and a port on which something is lost for it, for one kind of reason. */
export type Case = {
  readonly world: WorldSpec;
  readonly labels: Labels;
  readonly kind: Kind;
  readonly port: number;
  readonly lost: readonly string[];
  /** The hosts that are on the port, granted or lost. */
  readonly hosts: readonly string[];
};

/** More than these cannot be tried in every combination. */
const MOST_HOSTS = 4;

/** What a listener for the port decides. Of namesakes and of UDP it does not. */
const DECIDED: readonly Kind[] = ['listenerConflict', 'headless'];

/** The losses of a world: of each pod and kind of reason the first. */
export function casesOf(world: WorldSpec): readonly Case[] {
  const { result } = settledWorld(world);
  const losses = result.compilation.diagnostics.filter(isLoss);
  return world.pods.flatMap((labels): readonly Case[] => {
    const { closed, scope } = expectationOf(labels, world);
    const own = losses.filter(({ selector }) => closed && labelsKey(selector) === labelsKey(scope));
    return DECIDED.flatMap((kind): readonly Case[] => {
      const port = own.find(({ reason }) => reason.kind === kind)?.port;
      if (port === undefined) return [];
      const here = own.filter((loss) => loss.port === port && loss.reason.kind === kind);
      const lost = [...new Set(here.map(({ host }) => host))];
      const rivals =
        kind === 'listenerConflict'
          ? here.flatMap(({ reason }) => (reason.kind === 'listenerConflict' ? reason.hosts : []))
          : listenerHosts(result, scope, port);
      const hosts = [...new Set([...lost, ...rivals])];
      if (hosts.length > MOST_HOSTS || hosts.some((host) => isTwice(host, world, result))) return [];
      return [{ world, labels, kind, port, lost, hosts }];
    });
  });
}

/** Whether we and somebody else register a host both: which of the two Istio imports depends on its version and on the rest of the list. */
const isTwice = (host: string, { entries }: WorldSpec, { compilation }: Compiled): boolean =>
  compilation.serviceEntries.some(({ spec }) => `${OWN}/${spec.hosts[0]}` === host) &&
  entries.some((entry) => `${entry.namespace}/${entry.host}` === host);

const isLoss = (diagnostic: Diagnostic): diagnostic is Loss => diagnostic.code === 'PortNotGranted';

const listenerHosts = ({ compilation }: Compiled, scope: Labels, of: number): readonly string[] =>
  compilation.sidecars
    .filter((sidecar) => sidecar.scope.key === labelsKey(scope))
    .flatMap(({ spec }) => spec.egress)
    .flatMap(({ port, hosts }) => (port?.number === of ? hosts : []));

/**
 * A listener for the port with which nothing is amiss for the pod, or nothing. It must let through what is lost, each as its
 * protocol has it, keep the way of all that arrives now, and take no call that is blocked now and is for somebody
 * else.
 */
export async function exactListener(one: Case, oracle: OracleClient): Promise<EgressListener | undefined> {
  const { world, labels, kind, port } = one;
  const alone = { ...world, pods: [labels] };
  const { result, objects } = settledWorld(world);
  const expected = expectationOf(labels, world);
  const diagnostics = result.compilation.diagnostics.filter(
    (each) =>
      !isLoss(each) ||
      each.reason.kind !== kind ||
      each.port !== port ||
      labelsKey(each.selector) !== labelsKey(expected.scope),
  );
  const compilation = { ...result.compilation, diagnostics };
  const attempts = attemptsOn(world);
  const before = await oracle.judge(probeRequest(alone, objects, attempts));
  for (const listener of listenersFor(one)) {
    const changed = objects.map((object) => withListener(object, expected.scope, port, listener));
    const after = await oracle.judge(probeRequest(alone, changed, attempts));
    const faults = mismatchesOf(podName(0), expected, attempts, after, 0, { ...result, compilation });
    if (faults.length === 0 && isBetter(one, { expected, attempts, before, after })) return listener;
  }
  return undefined;
}

type Trial = {
  readonly expected: Expectation;
  readonly attempts: readonly Attempt[];
  readonly before: OracleAnswer;
  readonly after: OracleAnswer;
};

function isBetter({ lost, port }: Case, { expected, attempts, before, after }: Trial): boolean {
  return attempts.every((attempt, index) => {
    const [was, is] = [before.results[index], after.results[index]];
    const { place } = attempt;
    if (place?.port === port && lost.includes(`${place.namespace}/${place.host}`))
      return is !== undefined && arrivesAt(place, attempt.name, is) && isAsItsProtocolHasIt(attempt, is);
    if (was?.verdict === 'allowed') return sameWay(was, is);
    if (is?.verdict !== 'allowed' || expected.grants.some((grant) => isMeant(grant, attempt))) return true;
    return is.clusterType !== 'ORIGINAL_DST' && is.cluster.endsWith(`|${attempt.name}`);
  });
}

const sameWay = (was: ProbeResult, is: ProbeResult | undefined): boolean =>
  is?.verdict === 'allowed' && is.cluster === was.cluster && is.vhost === was.vhost;

/** Calls of HTTP are routed by their names, or routes, retries and metrics of the host's owner are lost. */
const isAsItsProtocolHasIt = ({ protocol }: Attempt, { vhost }: ProbeResult): boolean =>
  protocol !== 'http' || vhost !== undefined;

/**
 * Every protocol with every combination of the hosts, but for a listener that sniffs what may be the traffic of a server that speaks
 * first: it would wait for ever, which istiod's code cannot tell.
 */
function listenersFor({ world, port, hosts }: Case): readonly EgressListener[] {
  const places = attemptsOn(world).flatMap(({ place }) => place ?? []);
  const isTcp = (host: string): boolean =>
    host.endsWith('.egress-intent.internal') ||
    places.some(
      (place) => `${place.namespace}/${place.host}` === host && place.port === port && place.class === 'tcp',
    );
  return (['HTTP', 'TCP', 'TLS', undefined] as const).flatMap((protocol) =>
    subsetsOf(hosts)
      .filter((some) => some.length > 0 && (protocol !== undefined || !some.some(isTcp)))
      .map((some) => ({
        port: { number: port, name: `p-${port}`, ...(protocol === undefined ? {} : { protocol }) },
        hosts: some,
      })),
  );
}

const subsetsOf = (hosts: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: 2 ** hosts.length }, (_, bits) => hosts.filter((_host, at) => (bits >> at) % 2 === 1));

/** The scope's Sidecar with another listener for the port; any other object as it is. */
function withListener(object: KubeObject, scope: Labels, port: number, listener: EgressListener): KubeObject {
  if (object.kind !== 'Sidecar' || !object.metadata.name.startsWith('egress-intent')) return object;
  const spec = object['spec'] as {
    readonly workloadSelector?: { readonly labels: Labels };
    readonly egress: readonly EgressListener[];
  };
  if (labelsKey(spec.workloadSelector?.labels ?? {}) !== labelsKey(scope)) return object;
  const others = spec.egress.filter((one) => one.port?.number !== port);
  return { ...object, spec: { ...spec, egress: [listener, ...others] } };
}
