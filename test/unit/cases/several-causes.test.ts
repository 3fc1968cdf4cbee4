// Several causes why an intent is not in effect: `validate` has a finding with its own code for each.
import { afterAll, describe, expect, test } from 'vitest';
import { makeCliFolder } from '../../support/cli.ts';
import { compiled } from '../../support/compiler.ts';

const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

const INTENT = {
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'red', uid: 'uid-web', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { allow: [{ host: 'api.example.com' }] },
};

const podOf = (name: string, annotations: object, spec: object = {}, labels: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'red', labels: { app: name, ...labels }, annotations },
  spec,
});
const PROXY = { 'sidecar.istio.io/status': '{}' };

/** Objects by the cause that they bring about, in the order of the message. */
const CAUSES: Readonly<Record<string, object>> = {
  Shadowed: {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: 'theirs', namespace: 'red', creationTimestamp: '2020-01-01T00:00:00Z' },
    spec: { workloadSelector: { labels: { app: 'shadowed' } }, egress: [{ hosts: ['./*'] }] },
  },
  HostNetwork: podOf('host', {}, { hostNetwork: true }),
  Gateway: podOf('gateway', PROXY, {}, { 'istio.io/gateway-name': 'gateway' }),
  Ambient: podOf('ambient', { 'ambient.istio.io/redirection': 'enabled' }),
  NoSidecar: podOf('bare', {}),
  Bypassed: podOf('bypassed', { ...PROXY, 'traffic.sidecar.istio.io/excludeOutboundPorts': '443' }),
  Overridden: {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'theirs', namespace: 'red' },
    spec: { host: 'api.example.com', trafficPolicy: { loadBalancer: { simple: 'PASSTHROUGH' } } },
  },
};
const OTHERS = [INTENT, podOf('shadowed', PROXY)];

const SELECTIONS: readonly (readonly string[])[] = [
  ...Object.keys(CAUSES).map((name) => [name]),
  ...Object.keys(CAUSES).flatMap((one, index, all) => all.slice(index + 1).map((other) => [one, other])),
  Object.keys(CAUSES),
];

describe('each cause of Effective has a finding', () => {
  test.each(SELECTIONS.map((names) => [names.join(', '), names] as const))('%s', async (_title, names) => {
    const objects = [...OTHERS, ...names.flatMap((name) => CAUSES[name] ?? [])];
    const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    for (const flags of [[], ['--complete']]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a failure names the flags
      const { stdout } = await cli(['validate', ...flags, '-'], input);
      const codes = stdout.split('\n').flatMap((line) => /: warning: .*\[(\w+)\]$/.exec(line)?.[1] ?? []);
      const expected = names.map((name) => (name === 'Overridden' ? 'DestinationRulePassthrough' : name));
      expect(codes.toSorted()).toEqual(expected.toSorted());
    }
    const effective = compiled(objects, 'red').statuses['web']?.conditions?.find(
      ({ type }) => type === 'Effective',
    );
    expect([effective?.status, effective?.reason]).toEqual(['False', names[0]]);
  });
});
