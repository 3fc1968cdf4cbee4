// The advice of PortNotGranted to grant every port, followed for each kind of entry: the port is then granted.
import { afterAll, describe, expect, test } from 'vitest';
import { makeCliFolder } from '../../support/cli.ts';

const folder = await makeCliFolder();
const { cli } = folder;
afterAll(() => folder.remove());

const serviceEntry = (namespace: string, host: string, ports: readonly object[]): object => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'entry', namespace },
  spec: { hosts: [host], addresses: ['10.9.9.9'], resolution: 'STATIC', ports },
});
const service = (name: string, spec: object): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'blue' },
  spec: {
    ...spec,
    ports: [
      { port: 80, name: 'http-a' },
      { port: 8081, name: 'http-b' },
    ],
  },
});
const intent = (name: string, allow: readonly object[]): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'red' },
  spec: { workloadSelector: { matchLabels: { app: name } }, allow },
});

/** `green/vmdb` has a name that no Sidecar may list. */
const OBJECTS = [
  serviceEntry('green', 'vmdb', [{ number: 80, name: 'http', protocol: 'HTTP' }]),
  serviceEntry('partner', 'api.partner.com', [
    { number: 80, name: 'http', protocol: 'HTTP' },
    { number: 443, name: 'https', protocol: 'HTTP' },
  ]),
  service('api', { clusterIP: '10.96.0.4' }),
  service('headless', { clusterIP: 'None' }),
  intent('other', [{ host: 'www.example.com', ports: [{ port: 80 }, { port: 443 }] }]),
];

const GREEN = { namespace: { name: 'green' } };
const PORT_80 = { ports: [{ port: 80 }] };

/** The refused entries of an intent with these entries. */
async function refusedWith(allow: readonly object[]): Promise<readonly string[]> {
  const input = [...OBJECTS, intent('web', allow)].map((object) => JSON.stringify(object)).join('\n---\n');
  const { stdout } = await cli(['validate', '-'], input);
  expect(stdout).not.toMatch(/InvalidIntent|NotFound/);
  return stdout.split('\n').filter((line) => line.includes('[PortNotGranted]'));
}

describe.each([
  ['a service', { service: { name: 'api', namespace: 'blue' } }, {}],
  ['a headless service', { service: { name: 'headless', namespace: 'blue' } }, {}],
  ['a serviceEntry', { serviceEntry: { host: 'api.partner.com', namespace: 'partner' } }, {}],
  ['a namespace', { namespace: { name: 'blue' } }, {}],
  ['a host', { host: 'www.example.com' }, { ports: [{ port: 80 }, { port: 443 }] }],
])('%s that is limited to a port', (_what, entry, everyPort) => {
  test.each([
    ['older', (limited: object) => [limited, GREEN], 'omit ports in a service'],
    ['younger', (limited: object) => [GREEN, limited], 'grant every port of it'],
  ])('and %s than a grant that it conflicts with', async (_age, inOrder, advice) => {
    const refused = await refusedWith(inOrder({ ...entry, ...PORT_80 }));
    expect(refused).not.toEqual([]);
    for (const line of refused) {
      expect(line).toContain(advice);
      expect(line).toContain('in a host entry, list all ports that intents of the namespace grant it');
    }
    expect(await refusedWith(inOrder({ ...entry, ...everyPort }))).toEqual([]);
  });
});
