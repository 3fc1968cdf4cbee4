// What Effective says about the pods that an intent matches.
import { describe, expect, test } from 'vitest';
import { messageOf, type Diagnostic } from '../../../src/domain/egress-intent/diagnostics.ts';
import { effectiveOf, foreign, OLDER, pod, WEB, YOUNGER, type Given } from './effective-of.ts';

const reroute: Diagnostic = {
  code: 'VirtualServiceReroutes',
  intent: 'web',
  entry: 0,
  route: 'VirtualService red/detour',
  destination: 'a.example.com',
};

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
      'nothing is restricted for pods a, b, c and more, because no Istio sidecar proxy is injected: give the namespace the label istio-injection: enabled (or istio.io/rev), leave sidecar.istio.io/inject: "false" out of the pod template, and restart the pods',
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
    [
      'is False where no Sidecar is generated',
      { pods: [pod('a')], planned: [] },
      'False/Unrestricted',
      'no Sidecar is generated for pod a: correct what Accepted names',
    ],
    [
      'is False for a pod on the network of its node',
      { pods: [pod('a', 'hostNetwork')] },
      'False/HostNetwork',
      'nothing is restricted for pod a, because Istio injects no sidecar proxy into a pod with hostNetwork: true: run it without hostNetwork',
    ],
    [
      'is False for a gateway, which no Sidecar can shadow',
      { pods: [pod('a', 'gateway')], sidecars: [foreign('x', { creationTimestamp: OLDER })] },
      'False/Gateway',
      'nothing is restricted for pod a, because Istio applies no Sidecar to a gateway: leave its pods out of spec.workloadSelector',
    ],
    [
      'is False for pods that keep calls from their proxy, and names each annotation',
      {
        pods: [
          { ...pod('a'), bypasses: ['x: "1"', 'y: "2"'] },
          { ...pod('b', 'unknown'), bypasses: ['y: "2"'] },
          pod('c'),
        ],
      },
      'False/Bypassed',
      'calls of pod a bypass the sidecar proxy, and so the restriction, because of its annotation x: "1": remove it from the pod template; calls of pods a, b bypass the sidecar proxy, and so the restriction, because of their annotation y: "2": remove it from the pod template',
    ],
    [
      'is False in a namespace that istiod does not discover',
      { pods: [pod('a')], discoverySelectors: [{ matchLabels: { mesh: 'on' }, matchExpressions: [] }] },
      'False/NotDiscovered',
      'nothing is restricted, because istiod ignores every object of namespace red: give the namespace labels that the discoverySelectors in ConfigMap istio-system/istio select',
    ],
    [
      'names every cause',
      { pods: [pod('a', 'none'), pod('b', 'ambient')], failures: { 'Sidecar/generated': '500' } },
      'False/WriteFailed',
      'pod a is not restricted as planned: Sidecar/generated: 500; nothing is restricted for pod b, because ambient mode ignores Sidecar resources: use sidecar mode; nothing is restricted for pod a, because no Istio sidecar proxy is injected: give the namespace the label istio-injection: enabled (or istio.io/rev), leave sidecar.istio.io/inject: "false" out of the pod template, and restart the pods',
    ],
  ])('%s', (_behaviour, given, expected, message) => {
    expect(effectiveOf(given)).toEqual([expected, message]);
  });
});
