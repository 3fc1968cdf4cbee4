// ExternalName Services at the ends of routes: they are listed where that makes Istio follow them and opens nothing else.
import { expect, test } from 'vitest';
import { compiled } from '../../../support/compiler.ts';
import { alias, istio, service } from '../../../kits/oracle/objects.ts';

const NICK = 'nick.blue.svc.cluster.local';
const route = (name: string, host: string, to: string) =>
  istio('VirtualService', name, {
    hosts: [host],
    http: [{ route: [{ destination: { host: to } }] }],
  });

function outcomeOf(objects: readonly object[], granted: readonly string[]) {
  const intent = {
    apiVersion: 'egressintent.io/v1alpha1',
    kind: 'EgressIntent',
    metadata: { name: 'red', namespace: 'red' },
    spec: {
      workloadSelector: { matchLabels: { app: 'red' } },
      allow: granted.map((text) => {
        const [namespace, name] = text.split('/');
        return { service: { name, namespace } };
      }),
    },
  };
  const mesh = [
    service('blue/api', '10.96.0.1', ['80:http']),
    service('green/can', '10.96.0.2', ['80:http']),
    route('blue/v', 'api.blue.svc.cluster.local', NICK),
  ];
  const { compilation } = compiled([...mesh, ...objects, intent], 'red');
  const listed = compilation.sidecars.flatMap(({ spec }) => spec.egress.flatMap(({ hosts }) => hosts));
  return {
    isListed: listed.includes(`blue/${NICK}`),
    codes: compilation.diagnostics.map(({ code }) => code),
  };
}

const TO_CAN = alias('blue/nick', 'can.green.svc.cluster.local');

test('it is listed where the host behind it is granted', () => {
  const { isListed, codes } = outcomeOf([TO_CAN], ['blue/api', 'green/can']);
  expect(isListed).toBe(true);
  expect(codes).not.toContain('RouteEndUnreachable');
});

test('so is one that leads to another', () => {
  const chain = [
    alias('blue/nick', 'nack.green.svc.cluster.local'),
    alias('green/nack', 'can.green.svc.cluster.local'),
  ];
  expect(outcomeOf(chain, ['blue/api', 'green/can']).isListed).toBe(true);
});

test.each([
  ['the host behind it is not granted', [TO_CAN], ['blue/api']],
  [
    'a route for its name would come in with it',
    [TO_CAN, route('blue/n', NICK, 'x.blue.svc.cluster.local')],
    ['blue/api', 'green/can'],
  ],
])('it is not listed, and told, where %s', (_what, objects, granted) => {
  const { isListed, codes } = outcomeOf(objects, granted);
  expect(isListed).toBe(false);
  expect(codes).toContain('RouteEndUnreachable');
});

test.each([
  ['a Service', [service('blue/nick', '10.96.0.3', ['80:http'])]],
  ['nothing', []],
  [
    'not exported',
    [{ ...TO_CAN, metadata: { ...TO_CAN.metadata, annotations: { 'networking.istio.io/exportTo': '.' } } }],
  ],
])('it is not listed where it is %s', (_what, objects) => {
  expect(outcomeOf(objects, ['blue/api', 'green/can']).isListed).toBe(false);
});
