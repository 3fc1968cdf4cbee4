// The hosts that a destination grants, the hosts that it only imports, and the grants of each.
import { describe, expect, test } from 'vitest';
import {
  grantsFor,
  hostsGrantedBy,
  importedByWildcards,
  reachableHosts,
} from '../../../../src/compile/sidecar/destination.ts';
import { egressHost } from '../../../../src/domain/istio/egress-host.ts';
import { created } from '../../../support/cluster-objects.ts';
import {
  destination,
  grant,
  http,
  intent,
  registered,
  registryOf,
  tls,
} from '../../../support/registered-hosts.ts';

const REGISTRY = registryOf(
  registered('pay/api.pay.svc.cluster.local'),
  registered('pay/*.example.com', { ports: [tls(443), tls(8443)] }),
  registered('pay/a.example.com', { ports: [http(80), tls(443)] }),
  registered('pay/b.example.com', { ports: [http(443)] }),
);

describe('a destination grants', () => {
  test.each([
    ['a host: the host', 'pay/a.example.com', ['pay/a.example.com']],
    ['a host that does not exist: nothing', 'pay/gone.example.com', []],
    [
      'a namespace: each of its hosts',
      'pay/*',
      ['pay/api.pay.svc.cluster.local', 'pay/*.example.com', 'pay/a.example.com', 'pay/b.example.com'],
    ],
    ['the wildcard of an external host: no host below it', 'pay/*.example.com', ['pay/*.example.com']],
  ])('%s', (_title, host, expected) => {
    expect(hostsGrantedBy({ host }, REGISTRY).map(egressHost)).toEqual(expected);
  });
});

test('only the ports of the destination are reachable', () => {
  const reachable = reachableHosts([destination('pay/a.example.com', { ports: [443, 8443] })], REGISTRY);
  expect(reachable.map(({ ports }) => ports)).toEqual([[tls(443)]]);
});

test('a wildcard imports the hosts below it on ports that it has with the same protocol', () => {
  const imported = importedByWildcards([destination('pay/*.example.com')], REGISTRY);
  expect(imported.map(({ host, ports }) => [egressHost(host), ports])).toEqual([
    ['pay/a.example.com', [tls(443)]],
    ['pay/b.example.com', []],
  ]);
});

const grantOf = (day: string) => grant(intent(`of-day-${day}`, created(day)));

test('the grants of a host are those of its destination and of the covered destination for it, the oldest first', () => {
  const [first, second, third] = [grantOf('01'), grantOf('02'), grantOf('03')];
  const covered = destination('pay/api', { grants: [first, third] });
  const namespace = destination('pay/*', { grants: [second], covered: [covered] });
  expect(grantsFor(namespace, 'pay/api')).toEqual([first, second, third]);
  expect(grantsFor(namespace, 'pay/web')).toEqual([second]);
});

test('the grants of one port of a host are those that grant the port, also for a covered destination', () => {
  const [first, second, third] = [grantOf('01'), grantOf('02'), grantOf('03')];
  const covered = destination('pay/api', {
    grants: [third],
    portGrants: [{ grant: third, ports: [80] }],
  });
  const api = destination('pay/*', {
    grants: [first, second],
    portGrants: [
      { grant: first, ports: [443] },
      { grant: second, ports: 'every' },
    ],
    covered: [covered],
  });
  expect(grantsFor(api, 'pay/api', 443)).toEqual([first, second]);
  expect(grantsFor(api, 'pay/api', 80)).toEqual([second, third]);
  expect(grantsFor(api, 'pay/web', 80)).toEqual([second]);
});
