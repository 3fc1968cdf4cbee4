// Cases of reserved ports and likely mistakes. Each stands for its kind, so each has variants: another field, another object, another spelling.
import { describe, expect, test } from 'vitest';
import { outcomeOf, type Edits } from '../../support/case-outcome.ts';

const reservedCodesFor = (port: number): readonly string[] =>
  outcomeOf('25-kiali-istiod-15014', [['15014', `${port}`]], 'kiali').codes;

describe('25-kiali-istiod-15014: only what every proxy keeps is refused', () => {
  test.each([15000, 15002, 15004, 15008, 15010, 15012, 15014, 15017, 15020, 15053, 15091])(
    'port %i is granted',
    (port) => {
      expect(reservedCodesFor(port)).toEqual([]);
    },
  );

  test.each([15001, 15006, 15021, 15090])('port %i is refused', (port) => {
    expect(reservedCodesFor(port)).toEqual(['- InvalidIntent']);
  });
});

const protocolCodesFor = (port: number, protocol: string): readonly string[] =>
  outcomeOf(
    '03c-postgres-as-tls',
    [['5432, protocol: TLS', `${port}, protocol: ${protocol}`]],
    'shop',
  ).codes.filter((code) => code === '0 PortUsuallyTcp');

describe('03c-postgres-as-tls: protocols without a server name', () => {
  test('as it is', () => {
    const { codes } = outcomeOf('03c-postgres-as-tls', [], 'shop');
    expect(codes).toEqual(['0 PortUsuallyTcp', '1 PortUsuallyTcp', '1 PortUsuallyTcp', '2 PortUsuallyTcp']);
  });

  test.each([
    [21, 'TLS'],
    [25, 'HTTP'],
    [110, 'TLS'],
    [143, 'GRPC'],
    [389, 'TLS'],
    [587, 'HTTP2'],
    [3306, 'HTTP'],
    [3128, 'HTTP'],
  ] as const)('variant: port %i as %s', (port, protocol) => {
    expect(protocolCodesFor(port, protocol)).toEqual(['0 PortUsuallyTcp']);
  });

  test.each([
    [5432, 'TCP'],
    [465, 'TLS'],
    [993, 'TLS'],
    [636, 'TLS'],
    [8888, 'HTTP'],
    [8443, 'TLS'],
  ] as const)('not warned: port %i as %s', (port, protocol) => {
    expect(protocolCodesFor(port, protocol)).toEqual([]);
  });
});

describe('the other cases', () => {
  test('26-externalname: an address is granted with cidr', () => {
    const { diagnostics } = outcomeOf('26-externalname');
    expect(diagnostics).toMatchObject([
      { code: 'ExternalNameOutsideMesh', grantedBy: 'host' },
      { code: 'ExternalNameOutsideMesh', grantedBy: 'host' },
      { code: 'ExternalNameOutsideMesh', grantedBy: 'cidr' },
    ]);
  });

  test.each([
    ['2001:db8::1', 'cidr'],
    ['10.0.0.1', 'cidr'],
    ['db', undefined],
    ['a_b.example.com', undefined],
  ])('26 variant: to %s', (target, grantedBy) => {
    const { diagnostics } = outcomeOf('26-externalname', [['192.0.2.9', `"${target}"`]]);
    expect(diagnostics.find(({ entry }) => entry === 2)).toEqual({
      code: 'ExternalNameOutsideMesh',
      intent: 'web',
      entry: 2,
      service: 'red/my-ip',
      host: target,
      ...(grantedBy === undefined ? {} : { grantedBy }),
    });
  });

  test('54-vm-entry-in-cluster-domain: the ServiceEntry is named', () => {
    expect(outcomeOf('54-vm-entry-in-cluster-domain').diagnostics).toMatchObject([
      { code: 'ServiceNotFound', intent: 'b', registered: { serviceEntry: 'vms/productpage' } },
    ]);
  });

  test.each([
    ['not exported', [['spec:\n  hosts', 'spec:\n  exportTo: ["."]\n  hosts']]],
    ['another host', [['hosts: [productpage.vms', 'hosts: [other.vms']]],
    [
      'another namespace',
      [['metadata: { name: productpage, namespace: vms,', 'metadata: { name: productpage, namespace: x,']],
    ],
  ] satisfies readonly (readonly [string, Edits])[])('54 variant: %s, so it is not', (_what, edits) => {
    const found = outcomeOf('54-vm-entry-in-cluster-domain', edits).diagnostics.find(
      ({ intent }) => intent === 'b',
    );
    expect(found).toEqual({ code: 'ServiceNotFound', intent: 'b', entry: 0, service: 'vms/productpage' });
  });

  test('55-dns-capture-optout: told, as without DNS capture', () => {
    expect(outcomeOf('55-dns-capture-optout').codes).toEqual(['0 TcpHostTakesPort', '1 PortNotGranted']);
  });

  test.each([
    [
      'one of the two opted out',
      [
        [
          "name: b,\n    namespace: blue,\n    creationTimestamp: '2023-01-01T00:00:00Z',\n    labels: { networking.istio.io/enable-autoallocate-ip: 'false' },",
          'name: b,\n    namespace: blue,',
        ],
      ],
    ],
    ['the label says true', [["enable-autoallocate-ip: 'false'", "enable-autoallocate-ip: 'true'"]]],
    [
      'each has an address',
      [['resolution: DNS, ports', 'resolution: STATIC, addresses: [192.0.2.1], ports']],
    ],
  ] satisfies readonly (readonly [string, Edits])[])(
    '55 variant: %s, so both are granted',
    (_what, edits) => {
      expect(outcomeOf('55-dns-capture-optout', edits).hosts).toContain('blue/db2.example.com');
    },
  );
});
