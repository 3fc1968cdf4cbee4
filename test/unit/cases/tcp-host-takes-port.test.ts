// A host of plain TCP without an address receives every other connection to its port: its entry says so, and each remedy that it names helps.
import { afterAll, describe, expect, test } from 'vitest';
import { makeCliFolder } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

const intent = (allow: readonly object[]): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'all', namespace: 'red' },
  spec: { allow },
});
const registered = (spec: object): object => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'db', namespace: 'data' },
  spec: {
    hosts: ['db.example.com'],
    resolution: 'DNS',
    ports: [{ number: 5432, name: 'tcp', protocol: 'TCP' }],
    ...spec,
  },
});
const HOST = { host: 'db.example.com', ports: [{ port: 5432, protocol: 'TCP' }] };
const ENTRY = { serviceEntry: { host: 'db.example.com', namespace: 'data' } };

async function told(flags: readonly string[], objects: readonly object[]): Promise<readonly string[]> {
  const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  const { stdout } = await cli(['validate', ...flags, '-'], input);
  return stdout.split('\n').filter((line) => line.includes('[TcpHostTakesPort]'));
}

const CASES: readonly (readonly [string, object, object | undefined, string])[] = [
  ['a host', HOST, undefined, 'red/db.example.com'],
  ['a serviceEntry', ENTRY, registered({}), 'data/db.example.com'],
  ['a serviceEntry with ports', { ...ENTRY, ports: [{ port: 5432 }] }, registered({}), 'data/db.example.com'],
  ['a namespace', { namespace: { name: 'data' } }, registered({}), 'data/db.example.com'],
  [
    'a serviceEntry without a declared protocol',
    ENTRY,
    registered({ ports: [{ number: 5432, name: 'x', protocol: '' }] }),
    'data/db.example.com',
  ],
  [
    'a serviceEntry that is called by HTTP too',
    ENTRY,
    registered({
      ports: [
        { number: 80, name: 'http', protocol: 'HTTP' },
        { number: 5432, name: 'mongo', protocol: 'MONGO' },
      ],
    }),
    'data/db.example.com',
  ],
];

describe.each(CASES)('%s', (_what, entry, object, host) => {
  const others = object === undefined ? [] : [object];

  test('is told once for each port of plain TCP', async () => {
    const found = await told([], [...others, intent([entry])]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`warning: EgressIntent red/all: spec.allow[0]: connections to port 5432`);
    expect(found[0]).toContain(`end at ${host}, whatever their address`);
  });

  test('is silent with DNS capture, by which it has an address', async () => {
    expect(await told(['--dns-capture'], [...others, intent([entry])])).toEqual([]);
  });
});

test.each([
  ['the addresses of the host', [{ cidr: '203.0.113.7', ports: [{ port: 5432 }] }], []],
  ['a host with an address of its ServiceEntry', [ENTRY], [registered({ addresses: ['203.0.113.7'] })]],
  ['a host with TLS', [{ host: 'db.example.com' }], []],
  ['a host with HTTP', [{ host: 'db.example.com', ports: [{ port: 80 }] }], []],
  ['a host at which the client chooses the address', [ENTRY], [registered({ resolution: 'NONE' })]],
])('nothing is said of %s', async (_what, allow, objects) => {
  expect(await told([], [...objects, intent(allow)])).toEqual([]);
});

test('a serviceEntry that opted out of addresses is told with DNS capture too', async () => {
  const optedOut = {
    ...registered({}),
    metadata: {
      name: 'db',
      namespace: 'data',
      labels: { 'networking.istio.io/enable-autoallocate-ip': 'false' },
    },
  };
  expect(await told(['--dns-capture'], [optedOut, intent([ENTRY])])).toHaveLength(1);
});

test('of two such hosts on a port only the one that receives the connections is told', async () => {
  const second = { host: 'other.example.com', ports: [{ port: 5432, protocol: 'TCP' }] };
  const found = await told([], [intent([HOST, second])]);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('red/db.example.com');
});
