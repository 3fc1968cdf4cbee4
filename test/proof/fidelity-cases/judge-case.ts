// Judges a small mesh without and with what the controller writes for its intents.
import type { Diagnostic } from '../../../src/domain/egress-intent/diagnostics.ts';
import { unreachable } from '../../../src/domain/result.ts';
import { call } from '../../kits/oracle/objects.ts';
import type { ProbeRequest, ProbeResult } from '../../kits/oracle/probe-request.ts';
import type { OracleClient } from '../../kits/oracle/with-oracle.ts';
import type { KubeObject } from '../../support/cluster.ts';
import { compiled, settingsWith, type Compiled } from '../../support/compiler.ts';
import { modelMesh } from '../../support/model-mesh.ts';
import { excusesIn, isExcusedEnd, excusedObjects } from '../excuses.ts';
import { followedObjects, type Following } from '../followed.ts';
import { START_TIME } from '../objects.ts';
import { differencesOf, isAnswered, type TravelPart } from '../travel.ts';
import { CALLER, type FidelityCase, type Right } from './fidelity-case.ts';

export type JudgedCall = {
  readonly call: string;
  readonly right: Right | undefined;
  readonly before: ProbeResult;
  readonly after: ProbeResult;
  readonly differences: readonly TravelPart[];
  /** What is wrong; absent if all is as it should be. */
  readonly wrong?: string;
};

export type JudgedCase = {
  readonly calls: readonly JudgedCall[];
  readonly written: readonly KubeObject[];
  readonly diagnostics: readonly Diagnostic[];
  /** Errors of istiod's webhook about what is written. */
  readonly invalid: readonly string[];
  /** The diagnostics that are a false alarm. */
  readonly falseAlarms: readonly Diagnostic[];
  /** The codes that no diagnostic has, though one must. */
  readonly missing: readonly string[];
};

export type JudgeOptions = { readonly istio: 'current' | 'older'; readonly detail?: 'hashes' | 'json' };

export async function judgeCase(
  each: FidelityCase,
  oracle: OracleClient,
  { istio, detail = 'hashes' }: JudgeOptions,
): Promise<JudgedCase> {
  const foreign = each.objects.filter(({ kind }) => kind !== 'EgressIntent');
  const { written, diagnostics } = settled(each, istio);
  const following = { caller: CALLER, trusted: each.trusted, providers: each.providers ?? named(each) };
  const followed = followedObjects(foreign, following satisfies Following);
  const excuses = excusesIn(diagnostics);
  const probes = Object.keys(each.calls).map(call);
  const request = (objects: readonly KubeObject[]): ProbeRequest => ({
    mesh: { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } },
    objects,
    proxies: [
      {
        name: 'pod',
        namespace: CALLER,
        labels: { app: 'red' },
        ip: '10.44.0.1',
        ...(istio === 'older' ? { istioVersion: '1.30.0' } : {}),
      },
    ],
    probes,
    detail,
    validate: true,
  });
  const [before, after, excused] = await Promise.all(
    [followed, [...foreign, ...written], excusedObjects(followed, foreign, excuses, 'every')].map(
      async (objects) => oracle.judge(request(objects)),
    ),
  );
  if (before === undefined || after === undefined || excused === undefined) throw new Error('not judged');
  const whole = istio === 'current';
  const calls = Object.entries(each.calls).map(([text, right], index): JudgedCall => {
    const [was, is, without] = [before.results[index], after.results[index], excused.results[index]];
    if (was === undefined || is === undefined || without === undefined) throw new Error('not judged');
    const differences = differencesOf(was, is, { whole });
    const isTold =
      (excuses.length > 0 &&
        (isAnswered(without)
          ? differencesOf(without, is, { whole }).length === 0
          : is.verdict === 'allowed')) ||
      isExcusedEnd(was, is, excuses);
    const isImported = istio === 'older' && isTold && excuses.every(({ kind }) => kind === 'imported');
    const isOpenTold = istio === 'older' && diagnostics.some(({ code }) => code === 'RouteOpensHosts');
    const isSame = differences.length === 0 || isImported;
    const wrong = wrongWith(right, { was, is, isSame, isTold, isOpenTold });
    return {
      call: text,
      right,
      before: was,
      after: is,
      differences,
      ...(wrong === undefined ? {} : { wrong }),
    };
  });
  const invalid = after.validation
    .filter(({ object, errors }) => object.includes('egress-intent') && errors.length > 0)
    .map(({ object, errors }) => `${object}: ${errors.join('; ')}`);
  const falseAlarms = diagnostics.filter(({ code }) => each.unsaid.includes(code));
  const missing = each.said.filter((said) => !diagnostics.some(({ code }) => code === said));
  return { calls, written, diagnostics, invalid, falseAlarms, missing };
}

type Outcome = {
  readonly was: ProbeResult;
  readonly is: ProbeResult;
  readonly isSame: boolean;
  readonly isTold: boolean;
  /** An Istio that knows no exclusions cannot close what a route opens. */
  readonly isOpenTold: boolean;
};

function wrongWith(right: Right, { was, is, isSame, isTold, isOpenTold }: Outcome): string | undefined {
  switch (right) {
    case 'blocked':
      return is.verdict === 'blocked' || isOpenTold ? undefined : 'is callable';
    case 'allowed':
      return is.verdict === 'allowed' ? undefined : 'is blocked';
    case 'same':
    case 'told': {
      if (!isAnswered(was)) return 'no registered host answers it without the intent';
      if (isSame) return undefined;
      if (right === 'told') return isTold ? undefined : 'travels otherwise, and nothing tells';
      return isTold ? 'travels otherwise, though told' : 'travels otherwise';
    }
    default:
      return unreachable(right);
  }
}

const isYounger = ({ metadata: { creationTimestamp } }: KubeObject): boolean =>
  Date.parse(creationTimestamp ?? '') > START_TIME;

/** What the controller writes for the intents, and what it says. Objects that are younger than what it writes come after that. */
function settled(
  each: FidelityCase,
  istio: 'current' | 'older',
): Pick<JudgedCase, 'written' | 'diagnostics'> {
  const mesh = modelMesh(CALLER, START_TIME);
  const settings = settingsWith({
    istioVersion: istio === 'current' ? '1.31' : '1.30',
    trustedNamespaces: each.trusted,
  });
  const writeFor = (objects: readonly KubeObject[]): Compiled | undefined => {
    let result: Compiled | undefined;
    for (let round = 0; round < 4; round += 1) {
      result = compiled([...objects, ...mesh.objects()], CALLER, settings);
      const steps = result.plan.phases.flat();
      if (steps.length === 0) break;
      for (const step of steps) mesh.apply(step);
    }
    return result;
  };
  if (each.objects.some(isYounger)) writeFor(each.objects.filter((object) => !isYounger(object)));
  const result = writeFor(each.objects);
  return {
    written: mesh.objects() as readonly KubeObject[],
    diagnostics: (result?.compilation.diagnostics ?? []).filter(({ intent }) => intent === CALLER),
  };
}

type Spec = { readonly allow?: readonly Entry[] };
type Entry = {
  readonly service?: { readonly name: string; readonly namespace?: string };
  readonly serviceEntry?: { readonly namespace?: string };
  readonly namespace?: { readonly name: string };
};

/** The namespaces that entries name, and those to which their aliases lead. */
function named({ objects }: FidelityCase): readonly string[] {
  const entries = objects
    .filter(({ kind }) => kind === 'EgressIntent')
    .flatMap((object) => (object['spec'] as Spec).allow ?? []);
  const direct = entries.flatMap(({ service, serviceEntry, namespace }) => [
    ...(service ? [service.namespace ?? CALLER] : []),
    ...(serviceEntry ? [serviceEntry.namespace ?? CALLER] : []),
    ...(namespace ? [namespace.name] : []),
  ]);
  const aliased = objects.flatMap((object) => {
    const { externalName = '' } = (object['spec'] ?? {}) as { externalName?: string };
    const [, namespace = ''] = externalName.split('.');
    return direct.includes(object.metadata.namespace ?? '') && externalName.includes('.svc.')
      ? [namespace]
      : [];
  });
  return [...direct, ...aliased];
}
