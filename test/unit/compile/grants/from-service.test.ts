// What an `allow` entry of kind service grants.
import { describe, expect, test } from 'vitest';
import { resolveService } from '../../../../src/compile/grants/from-service.ts';
import {
  headless,
  service,
  serviceEntry,
  snapshotOf,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { target } from '../../../support/registered-hosts.ts';

const HOST = 'pay/api.pay.svc.cluster.local';

const resolved = (objects: readonly ClusterObject[], ports?: readonly number[]) =>
  resolveService(
    { kind: 'service', namespace: 'pay', name: 'api', ...(ports === undefined ? {} : { ports }) },
    snapshotOf(objects),
  );

describe('a Service is granted', () => {
  const API = service('pay/api', { http: 80, 'tcp-metrics': 9090 });

  test('by its full name, on every port', () => {
    expect(resolved([API])).toEqual({ targets: [target(HOST)], diagnostics: [] });
  });

  test('on the ports of the entry', () => {
    expect(resolved([API], [80])).toEqual({ targets: [target(HOST, [80])], diagnostics: [] });
  });
});

describe('a Service is granted, and reported,', () => {
  test.each([
    ['if it does not exist', [], undefined, { code: 'ServiceNotFound', service: 'pay/api' }],
    [
      'if its namespace does not export it',
      [service('pay/api', { http: 80 }, { 'networking.istio.io/exportTo': '.' })],
      undefined,
      { code: 'ServiceNotExported', service: 'pay/api' },
    ],
    [
      'if it lacks a port of the entry',
      [service('pay/api', { http: 80 })],
      [80, 8080],
      { code: 'PortNotFound', destination: 'pay/api', ports: [8080] },
    ],
    [
      'if Istio takes a port of the entry for UDP because of its name',
      [service('pay/api', { http: 80, 'udp-x': 8080 })],
      [80, 8080],
      { code: 'PortNotFound', destination: 'pay/api', ports: [8080], namedUdp: [8080] },
    ],
    [
      'if it is headless and speaks HTTP, since clients then choose the address',
      [headless('pay/api', { http: 80 })],
      undefined,
      { code: 'HostSpoofable', destination: 'pay/api' },
    ],
  ])('%s', (_title, objects, ports, diagnostic) => {
    expect(resolved(objects, ports)).toEqual({ targets: [target(HOST, ports)], diagnostics: [diagnostic] });
  });
});

test('a headless Service that speaks TCP cannot be spoofed', () => {
  expect(resolved([headless('pay/api', { 'tcp-db': 5432 })]).diagnostics).toEqual([]);
});

const TWO_PORTS = service('pay/api', { http: 80, 'http-b': 8080 });
const entryFor = (name: string, numbers: readonly number[], spec: object = {}) =>
  serviceEntry(name, {
    hosts: ['api.pay.svc.cluster.local'],
    ports: numbers.map((number) => ({ number, name: `http-${number}`, protocol: 'HTTP' })),
    resolution: 'STATIC',
    ...spec,
  });
const codes = (objects: readonly ClusterObject[], ports?: readonly number[]) => {
  const { targets = [], diagnostics = [] } = resolved(objects, ports);
  return [targets.map(({ host }) => host), diagnostics.map(({ code }) => code)];
};
describe('a ServiceEntry of the caller for the name of a Service', () => {
  const OWN = 'shop/api.pay.svc.cluster.local';

  test.each([
    ['with every port', 'shop/vm', [80, 8080], undefined, OWN, ['RegistrationFollowed']],
    ['with every granted port', 'shop/vm', [80], [80], OWN, ['RegistrationFollowed']],
    ['without a granted port', 'shop/vm', [80], undefined, HOST, ['RegistrationReplaced']],
    ['of another namespace', 'istio-system/vm', [80, 8080], undefined, HOST, []],
    ['of the namespace of the Service', 'pay/vm', [80, 8080], undefined, HOST, []],
  ])('%s', (_title, name, numbers, ports, host, said) => {
    expect(codes([TWO_PORTS, entryFor(name, numbers)], ports)).toEqual([[host], said]);
  });

  test.each([
    ['HTTP to any address', { resolution: 'NONE' }],
    [
      'plain TCP',
      { ports: [80, 8080].map((number) => ({ number, name: `tcp-${number}`, protocol: 'TCP' })) },
    ],
  ])('with %s is not used', (_title, spec) => {
    expect(codes([TWO_PORTS, entryFor('shop/vm', [80, 8080], spec)])).toEqual([
      [HOST],
      ['RegistrationReplaced'],
    ]);
  });
});
