// Cases of hosts that have several registrations. What istiod makes of them is judged in test/proof/fidelity-cases/several.yaml. Each stands for
// its kind, so each has variants: another field, another object, another spelling.
import { describe, expect, test } from 'vitest';
import { outcomeOf, type Edits } from '../../support/case-outcome.ts';

type Row = readonly [what: string, edits: Edits];

const NOTHING = 'istio-system/*.egress-intent-matches-nothing';

/** How many listeners of all Sidecars list the wildcard that makes istiod read every registration. */
const keptIn = (name: string, namespace: string, edits: Edits = [], istioVersion = '1.31'): number => {
  const { hosts } = outcomeOf(name, edits, namespace, { istioVersion });
  const included = hosts.filter((host) => host === NOTHING);
  const excluded = hosts.filter((host) => host === `~${NOTHING}`);
  expect(excluded).toHaveLength(istioVersion === '1.31' ? included.length : 0);
  return included.length;
};

const kept = (edits: Edits = [], istioVersion?: string): number =>
  keptIn('40-multi-address-entry', 'bank', edits, istioVersion);

describe('40-multi-address-entry: every address is kept', () => {
  const ADDRESSES = '[192.0.2.10, 192.0.2.11, 192.0.2.12]';

  test('as it is: in the listener for every port, and in the one for one port', () => {
    expect(kept()).toBe(2);
    expect(outcomeOf('40-multi-address-entry', [], 'bank').codes).toEqual([]);
  });

  test.each<Row>([
    ['two addresses', [[ADDRESSES, '[192.0.2.10, 192.0.2.12]']]],
    ['both families', [[ADDRESSES, '[192.0.2.10, "2001:db8::1"]']]],
    [
      'ranges',
      [
        [ADDRESSES, '[192.0.2.0/26, 192.0.2.64/26]'],
        ['resolution: STATIC', 'resolution: NONE'],
      ],
    ],
    ['an address and a range', [[ADDRESSES, '[192.0.2.10, 198.51.100.0/24]']]],
    [
      'an entry of another namespace',
      [
        ['name: oracle, namespace: bank', 'name: oracle, namespace: istio-system'],
        ['{ host: scan.db.corp.local }', '{ host: scan.db.corp.local, namespace: istio-system }'],
      ],
    ],
    [
      'granted by host',
      [
        ['serviceEntry: { host: scan.db.corp.local }', 'host: scan.db.corp.local'],
        ['{ port: 1521 }', '{ port: 1521, protocol: TCP }'],
      ],
    ],
  ])('variant: %s', (_what, edits) => {
    expect(kept(edits)).toBeGreaterThan(0);
  });

  test.each<Row>([
    ['one address', [[ADDRESSES, '[192.0.2.10]']]],
    ['an entry that the namespace cannot see', [['  location:', '  exportTo: [istio-system]\n  location:']]],
  ])('variant, it needs nothing: %s', (_what, edits) => {
    expect(kept(edits)).toBe(0);
  });

  test('variant: a wildcard in the listener for every port is enough there', () => {
    expect(kept([['- serviceEntry: { host: scan.db.corp.local }', '- namespace: { name: bank }']])).toBe(1);
  });

  test('variant: the oldest istiod refuses exclusions, and a newer one serves other proxies', () => {
    expect(kept([], '1.30')).toBe(2);
  });

  test('variant: without exclusions no route is imported along', () => {
    const start = '---\napiVersion: networking.istio.io/v1alpha3\n';
    const everything = `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: everything, namespace: istio-system }
spec: { hosts: ['*'], http: [{ route: [{ destination: { host: elsewhere.corp.local } }] }] }
${start}`;
    expect(kept([[start, everything]], '1.30')).toBe(0);
    expect(kept([[start, everything]])).toBe(2);
  });
});

describe('41-two-entries-one-host: the ports of both are kept', () => {
  const NAME = '41-two-entries-one-host';
  const YOUNGER_PORTS = 'ports: [{ number: 8162';
  const THIRD = `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: amq-0, namespace: blue }
spec: { hosts: [b-1.mq.eu-west-1.amazonaws.com], resolution: DNS, ports: [{ number: 5671, name: tls, protocol: TLS }] }
`;
  const BY_ENTRY = 'serviceEntry: { host: b-1.mq.eu-west-1.amazonaws.com, namespace: blue }';

  test('as it is: where the host is listed by its name', () => {
    expect(keptIn(NAME, 'red')).toBe(1);
    expect(outcomeOf(NAME).codes).toEqual([]);
  });

  test.each<Row>([
    ['the port of the older one', [[BY_ENTRY, `${BY_ENTRY}\n      ports: [{ port: 61617 }]`]]],
    ['the port of the younger one', [[BY_ENTRY, `${BY_ENTRY}\n      ports: [{ port: 8162 }]`]]],
    [
      'ports of a namespace',
      [['namespace: { name: blue }', 'namespace: { name: blue }\n      ports: [{ port: 8162 }]']],
    ],
    ['an address in the younger one', [[YOUNGER_PORTS, `addresses: [192.0.2.1],\n    ${YOUNGER_PORTS}`]]],
    [
      'three entries',
      [
        [
          '---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: amq-2',
          `${THIRD}---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: amq-2`,
        ],
      ],
    ],
  ])('variant: %s', (_what, edits) => {
    expect(keptIn(NAME, 'red', edits)).toBeGreaterThan(0);
    expect(outcomeOf(NAME, edits).codes).toEqual([]);
  });

  test.each([
    ['the platform', 'istio-system', ['0 RegistrationFollowed']],
    ['the own namespace', 'red', ['0 HostAlsoRegistered']],
  ])('variant: a host with the ports of both entries of %s', (_what, namespace, codes) => {
    const edits: Edits = [
      [
        BY_ENTRY,
        'host: b-1.mq.eu-west-1.amazonaws.com\n      ports: [{ port: 61617, protocol: TLS }, { port: 8162, protocol: TLS }]',
      ],
      ['namespace: { name: blue }', 'service: { name: none, namespace: red }'],
      ['namespace: blue', `namespace: ${namespace}`],
    ];
    const { codes: found } = outcomeOf(NAME, edits);
    expect(found.filter((code) => code !== '0 ServiceNotFound')).toEqual(codes);
    expect(keptIn(NAME, 'red', edits)).toBe(2);
  });

  test('variant: a port that Istio does not add, since the entries differ otherwise, is told', () => {
    const edits: Edits = [
      [BY_ENTRY, `${BY_ENTRY}\n      ports: [{ port: 8162 }]`],
      [`resolution: DNS,\n    ${YOUNGER_PORTS}`, `resolution: NONE,\n    ${YOUNGER_PORTS}`],
    ];
    expect(outcomeOf(NAME, edits).codes).toContain('0 PortNotFound');
  });
});
