// What an `allow` entry of kind host grants.
import { describe, expect, test } from 'vitest';
import { resolveHost } from '../../../../src/compile/grants/from-host.ts';
import { normalisedHost, type HostPort } from '../../../../src/domain/network.ts';
import {
  MANAGED,
  created,
  serviceEntry,
  snapshotOf,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { intent, target } from '../../../support/registered-hosts.ts';

const HOST = 'www.example.com';
const TLS: HostPort = { port: 443, protocol: 'TLS' };
const TCP: HostPort = { port: 5432, protocol: 'TCP' };

const resolved = (
  host: string,
  ports: readonly HostPort[],
  { objects = [], ...given }: { objects?: readonly ClusterObject[] } & Parameters<typeof snapshotOf>[1] = {},
) => resolveHost({ kind: 'host', host: normalisedHost(host), ports }, snapshotOf(objects, given));

describe('a host outside the mesh', () => {
  test('is granted and registered with the ports of the entry', () => {
    expect(resolved(HOST, [TLS])).toEqual({
      targets: [target(`shop/${HOST}`, [443])],
      externals: [{ kind: 'host', host: HOST, ports: [TLS] }],
      diagnostics: [],
    });
  });

  test('is refused if it is below the domain of Services', () => {
    const host = 'api.pay.svc.cluster.local';
    expect(resolved(host, [TLS])).toEqual({ diagnostics: [{ code: 'HostIsService', host }] });
  });
});

describe('plain TCP carries no host name', () => {
  const REFUSED = { code: 'TcpHostNeedsAddress', host: HOST, ports: [5432] };
  const namespaceDefault = intent('default', { selector: {}, ...created('02') });

  test('so a TCP port is refused, and the other ports are granted', () => {
    expect(resolved(HOST, [TLS, TCP])).toEqual({
      targets: [target(`shop/${HOST}`, [443])],
      externals: [{ kind: 'host', host: HOST, ports: [TLS] }],
      diagnostics: [REFUSED],
    });
  });

  test('but with DNS capture the host has an address, and the port is granted', () => {
    expect(resolved(HOST, [TCP], { dnsCapture: true })).toMatchObject({
      targets: [target(`shop/${HOST}`, [5432])],
      diagnostics: [],
    });
  });

  test('but a namespace default restricts every pod, and the port is granted since the oldest default', () => {
    const younger = intent('younger', { selector: {}, ...created('03') });
    const result = resolved(HOST, [TLS, TCP], { intents: [younger, namespaceDefault] });
    expect(result).toMatchObject({ targets: [target(`shop/${HOST}`, [443])], diagnostics: [] });
    expect(result.conditional).toEqual({
      since: namespaceDefault,
      targets: [target(`shop/${HOST}`, [5432])],
      externals: [{ kind: 'host', host: HOST, ports: [TCP] }],
    });
  });

  test.each([
    ['a default in mode Audit does not', HOST, { mode: 'Audit' as const }],
    ['an intent for some pods does not', HOST, { selector: { app: 'web' } }],
    ['a wildcard never gets an address', '*.example.com', {}],
  ])('%s', (_title, host, given) => {
    const result = resolved(host, [TCP], {
      intents: [{ ...namespaceDefault, ...given }],
      dnsCapture: host !== HOST,
    });
    expect(result.conditional).toBeUndefined();
    expect(result.diagnostics).toEqual([{ ...REFUSED, host }]);
  });
});

describe('a host that a foreign ServiceEntry of the namespace registers', () => {
  const foreign = serviceEntry('shop/foreign', { hosts: [HOST] }, created('02'));
  const ALSO_REGISTERED = { code: 'HostAlsoRegistered', host: HOST, serviceEntry: 'shop/foreign' };

  test('is granted without registering it again', () => {
    expect(resolved(HOST, [TLS], { objects: [foreign] })).toEqual({
      targets: [target(`shop/${HOST}`, [443])],
      diagnostics: [ALSO_REGISTERED],
    });
  });

  test('is reported if the ServiceEntry lacks a port of the entry', () => {
    expect(resolved(HOST, [{ port: 8443, protocol: 'TLS' }], { objects: [foreign] }).diagnostics).toEqual([
      ALSO_REGISTERED,
      { code: 'PortNotFound', destination: `shop/${HOST}`, ports: [8443] },
    ]);
  });

  test('remains registered by us if the managed ServiceEntry is older and the foreign one lacks a port, and is reported', () => {
    const ports = [{ number: 80, name: 'http', protocol: 'HTTP' }];
    const managed = serviceEntry('shop/managed', { hosts: [HOST] }, { ...MANAGED, ...created('01') });
    const differing = serviceEntry('shop/foreign', { hosts: [HOST], ports }, created('02'));
    const same = resolved(HOST, [TLS], { objects: [managed, foreign] });
    expect(same).toMatchObject({ targets: [{ host: `shop/${HOST}` }], diagnostics: [ALSO_REGISTERED] });
    expect(same).not.toHaveProperty('externals');
    expect(resolved(HOST, [TLS], { objects: [managed, differing] })).toMatchObject({
      externals: [{ host: HOST }],
      diagnostics: [ALSO_REGISTERED],
    });
  });
});
