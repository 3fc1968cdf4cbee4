// What the grants of one scope come to, host by host.
import { describe, expect, test } from 'vitest';
import { mergeGrants } from '../../../../src/compile/sidecar/merge-grants.ts';
import type { Target } from '../../../../src/compile/grants/grant.ts';
import {
  grant,
  http,
  intent,
  registered,
  registryOf,
  target,
  tls,
} from '../../../support/registered-hosts.ts';

const REGISTRY = registryOf(
  registered('pay/api.pay.svc.cluster.local', { ports: [http(80), http(9090)] }),
  registered('pay/web.pay.svc.cluster.local'),
  registered('shop/www.example.com', { ports: [http(80), tls(443)], managed: true }),
  registered('shop/*.example.org', { ports: [tls(443), tls(8443)] }),
  registered('shop/a.example.org', { ports: [http(80), tls(443)] }),
  registered('shop/twice.example.com', { ports: [tls(443)], managed: true }),
  registered('shop/twice.example.com', { ports: [tls(443)] }),
  registered('shop/b.example.org', { ports: [http(80), tls(443)], passthrough: true }),
);
const API = 'pay/api.pay.svc.cluster.local';

/** The destinations for the targets, each of which is a grant of its own intent. */
const merged = (...targets: readonly Target[]) =>
  mergeGrants(
    [],
    targets.map((each, index) => grant(intent(`intent-${index}`), { targets: [each] })),
    REGISTRY,
  );

const portsOf = (...targets: readonly Target[]) =>
  Object.fromEntries(
    merged(...targets).map(({ host, ports, complete }) => [host, complete ? { all: ports } : ports]),
  );

describe('the ports of a host', () => {
  test('are those of all grants, in order', () => {
    expect(portsOf(target(API, [9999, 80]), target(API, [80, 443]))).toEqual({ [API]: [80, 443, 9999] });
  });

  test('are every port if one grant is for every port', () => {
    expect(portsOf(target(API, [80]), target(API))).toEqual({ [API]: 'every' });
  });

  test('remain a list, marked as complete, if the grants name every port that the host has', () => {
    expect(portsOf(target(API, [80]), target(API, [9090]))).toEqual({ [API]: { all: [80, 9090] } });
  });

  test('are every port if the grants name every port of a host that we register', () => {
    expect(portsOf(target('shop/www.example.com', [80, 443]))).toEqual({ 'shop/www.example.com': 'every' });
  });

  test('remain a list if a foreign ServiceEntry registers the host too', () => {
    expect(portsOf(target('shop/twice.example.com', [443]))).toEqual({
      'shop/twice.example.com': { all: [443] },
    });
  });

  test('of a whole namespace are complete only if each of its hosts has no other port', () => {
    expect(portsOf(target('pay/*', [80]))).toEqual({ 'pay/*': [80] });
    expect(portsOf(target('pay/*', [80, 9090]))).toEqual({ 'pay/*': 'every' });
  });

  test('are complete if two grants of a wildcard together grant the ports that are missing', () => {
    const wildcard = [443, 8443].map((port) => target('shop/*.example.org', [port]));
    expect(portsOf(...wildcard, target('shop/a.example.org', [80]))).toMatchObject({
      'shop/a.example.org': { all: [80] },
    });
  });

  test('are complete if a wildcard grants the ports that are missing', () => {
    expect(portsOf(target('shop/*.example.org'), target('shop/a.example.org', [80]))).toEqual({
      'shop/*.example.org': 'every',
      'shop/a.example.org': { all: [80] },
    });
  });

  test('are not complete if clients choose the address for the host, but not for the wildcard', () => {
    expect(portsOf(target('shop/*.example.org'), target('shop/b.example.org', [80]))).toMatchObject({
      'shop/b.example.org': [80],
    });
  });
});

describe('a namespace covers its hosts', () => {
  const [first, ...others] = merged(target(API, [80], ['pay/alias']), target('pay/*'));

  test('so that only the namespace is listed', () => {
    expect([first?.host, ...others.map(({ host }) => host)]).toEqual(['pay/*']);
  });

  test('and keeps their aliases and their grants', () => {
    expect(first?.aliases).toEqual(['pay/alias']);
    expect(first?.covered.map(({ host, grants }) => [host, grants[0]?.intent.name])).toEqual([
      [API, 'intent-0'],
    ]);
  });

  test('as the Services of a namespace do', () => {
    const hosts = merged(target(API), target('pay/*.pay.svc.cluster.local')).map(({ host }) => host);
    expect(hosts).toEqual(['pay/*.pay.svc.cluster.local']);
  });

  test('which the wildcard of an external host does not', () => {
    const hosts = merged(target('shop/*.example.org'), target('shop/a.example.org')).map(({ host }) => host);
    expect(hosts).toEqual(['shop/*.example.org', 'shop/a.example.org']);
  });
});

test('a platform host is a destination without grants, on every port', () => {
  expect(mergeGrants([{ host: 'kube-system/dns', ports: 'every' }], [], REGISTRY)).toEqual([
    {
      host: 'kube-system/dns',
      ports: 'every',
      complete: false,
      givingWay: [],
      aliases: [],
      grants: [],
      portGrants: [],
      covered: [],
    },
  ]);
});

test('a grant with two targets for one host is one grant of it', () => {
  const twice = grant(intent('web'), { targets: [target(API, [80]), target(API, [9090])] });
  const [api] = mergeGrants([], [twice], REGISTRY);
  expect(api?.grants).toEqual([twice]);
});
