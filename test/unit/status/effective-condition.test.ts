// What Effective says about the pods that an intent matches.
import { describe, expect, test } from 'vitest';
import { effectiveConditions } from '../../../src/status/effective-condition.ts';
import { messageOf, type Diagnostic } from '../../../src/domain/egress-intent/diagnostics.ts';
import { desiredSidecar, intent, liveSidecar, NAMESPACE, plannedSidecar } from '../../support/literals.ts';
import type { Intent } from '../../../src/domain/egress-intent/intent.ts';
import type { LiveSidecar } from '../../../src/domain/kinds/sidecar.ts';
import type { Pod } from '../../../src/domain/kinds/pod.ts';

const WEB = { app: 'web' };

const pod = (name: string, dataPlane: Pod['dataPlane'] = 'sidecar', app = 'web'): Pod => ({
  namespace: NAMESPACE,
  name,
  labels: { app },
  dataPlane,
});
const foreign = (name: string, given: Partial<LiveSidecar> = {}): LiveSidecar =>
  liveSidecar(name, { managed: false, labels: {}, selector: WEB, ...given });

const reroute: Diagnostic = {
  code: 'VirtualServiceReroutes',
  intent: 'web',
  entry: 0,
  virtualService: 'red/detour',
  destination: 'a.example.com',
};

type Given = {
  readonly intent?: Partial<Intent>;
  readonly pods?: readonly Pod[];
  readonly sidecars?: readonly LiveSidecar[];
  readonly diagnostics?: readonly Diagnostic[];
};

const OLDER = '2025-12-31T00:00:00Z';
const YOUNGER = '2026-01-02T00:00:00Z';

describe('Effective', () => {
  test.each<readonly [string, Given, string, string]>([
    [
      'is True where the generated Sidecar governs each pod',
      { pods: [pod('a')] },
      'True/Effective',
      'every matching pod is governed by its generated Sidecar',
    ],
    [
      'names the foreign Sidecars that the generated one takes precedence over',
      {
        pods: [pod('a')],
        sidecars: [
          foreign('y', { creationTimestamp: YOUNGER }),
          foreign('x', { creationTimestamp: YOUNGER }),
        ],
      },
      'True/Effective',
      'every matching pod is governed by its generated Sidecar, which takes precedence over Sidecar red/x, Sidecar red/y',
    ],
    [
      'is Unknown in mode Audit',
      { intent: { mode: 'Audit' }, pods: [pod('a')] },
      'Unknown/Audit',
      'mode Audit restricts nothing, so there is no effect to check',
    ],
    [
      'is Unknown where no pod matches',
      { pods: [pod('a', 'sidecar', 'api')] },
      'Unknown/NoPods',
      'no pod has the labels app=web: start one, or correct spec.workloadSelector',
    ],
    [
      'is Unknown in a namespace without pods',
      { intent: { selector: {} } },
      'Unknown/NoPods',
      'the namespace has no pods',
    ],
    [
      'is False where an older foreign Sidecar governs a pod',
      { pods: [pod('a')], sidecars: [foreign('x', { creationTimestamp: OLDER })] },
      'False/Shadowed',
      'Sidecar red/x takes precedence over the generated Sidecar for pod a, and Istio applies only one Sidecar to a pod: delete it, or change its workloadSelector',
    ],
    [
      'names each foreign Sidecar that governs a pod, and each pod',
      {
        pods: [pod('b'), pod('a'), { ...pod('c'), labels: { ...WEB, tier: 'a' } }],
        sidecars: [
          foreign('y', { creationTimestamp: OLDER }),
          foreign('x', { creationTimestamp: '2025-12-30T00:00:00Z', selector: { ...WEB, tier: 'a' } }),
        ],
      },
      'False/Shadowed',
      'Sidecar red/x, Sidecar red/y take precedence over the generated Sidecar for pods a, b, c, and Istio applies only one Sidecar to a pod: delete them, or change their workloadSelectors',
    ],
    [
      'is False for a pod in ambient mode',
      { pods: [pod('a', 'ambient')] },
      'False/Ambient',
      'nothing is restricted for pod a, because ambient mode ignores Sidecar resources: use sidecar mode',
    ],
    [
      'is False for pods without a sidecar proxy, of which it names three',
      { pods: ['d', 'c', 'b', 'a'].map((name) => pod(name, 'none')) },
      'False/NoSidecar',
      'nothing is restricted for pods a, b, c and more, because no Istio sidecar proxy was injected: enable injection and restart',
    ],
    [
      'is True for a workload of which the data plane is unknown',
      { pods: [pod('a', 'unknown')] },
      'True/Effective',
      'every matching pod is governed by its generated Sidecar',
    ],
    [
      'is False where foreign routing allows more than was granted',
      { pods: [pod('a')], diagnostics: [reroute] },
      'False/Overridden',
      `spec.allow[0]: ${messageOf(reroute)}`,
    ],
  ])('%s', (_behaviour, given, expected, message) => {
    const web = intent('web', { selector: WEB, ...given.intent });
    const { pods = [], sidecars = [], diagnostics = [] } = given;
    const planned = [
      plannedSidecar('generated', desiredSidecar(WEB), liveSidecar('generated', { selector: WEB })),
    ];
    const conditions = effectiveConditions(
      { intents: [web], pods, sidecars },
      planned,
      new Map([['web', diagnostics]]),
    );
    const [status, reason] = expected.split('/');
    expect([...conditions]).toEqual([[web, { type: 'Effective', status, reason, message }]]);
  });
});
