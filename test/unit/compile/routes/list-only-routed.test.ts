// A granted wildcard that only a VirtualService knows, above a host that its namespace registers. How istiod takes it: L1 in
// test/proof/fidelity-cases/route-listeners.yaml.
import { expect, test } from 'vitest';
import { pod, serviceEntry, virtualService, webIntent } from '../../../support/cluster-objects.ts';
import { compiled, settingsWith } from '../../../support/compiler.ts';

const BELOW = serviceEntry('tools/api', {
  hosts: ['api.partner.com'],
  ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
});
const ROUTE = virtualService('tools/wild', {
  hosts: ['*.partner.com'],
  http: [{ route: [{ destination: { host: 'api.partner.com' } }] }],
});
const granted = (host: string): object => ({ serviceEntry: { host, namespace: 'tools' } });

function outcome(routes: readonly object[], allow: readonly object[], istioVersion: string) {
  const objects = [BELOW, ...routes, pod('web-0', { app: 'web' }), webIntent(allow)];
  const { diagnostics, sidecars } = compiled(objects, 'shop', settingsWith({ istioVersion })).compilation;
  return {
    lost: diagnostics.flatMap((each) => (each.code === 'PortNotGranted' ? [each.reason] : [])),
    hosts: sidecars.flatMap(({ spec }) => spec.egress.flatMap(({ hosts }) => hosts)),
  };
}

test('it is not listed where the Sidecar cannot leave the host out, which is told', () => {
  const { lost, hosts } = outcome([ROUTE], [granted('*.partner.com')], '1.30');
  expect(lost).toEqual([{ kind: 'registeredBelow', hosts: ['tools/api.partner.com'] }]);
  expect(hosts).not.toContain('tools/*.partner.com');
});

test.each([
  ['the host is granted too', [granted('*.partner.com'), granted('api.partner.com')], '1.30'],
  ['Istio can leave it out', [granted('*.partner.com')], '1.31'],
])('it is listed once %s', (_what, allow, istioVersion) => {
  const { lost, hosts } = outcome([ROUTE], allow, istioVersion);
  expect(lost).toEqual([]);
  expect(hosts).toContain('tools/*.partner.com');
});

test('a wildcard that no VirtualService knows either loses nothing', () => {
  expect(outcome([], [granted('*.partner.com')], '1.30').lost).toEqual([]);
});
