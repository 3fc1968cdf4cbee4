// Cases of addresses. Each stands for its kind, so each has variants: another field, another object, another spelling.
import { describe, expect, test } from 'vitest';
import { messageOf } from '../../../src/domain/egress-intent/diagnostics.ts';
import { outcomeOf, type Edits } from '../../support/case-outcome.ts';

type CaptureRow = readonly [what: string, edits: Edits, dnsCapture: boolean];

type Row = readonly [what: string, edits: Edits];

const coveredBy = (edits: Edits = []): unknown =>
  outcomeOf('62-cidr-over-clusterip', edits).diagnostics.find(({ code }) => code === 'CidrCoversServices');

const warning = (...services: readonly (readonly [string, number])[]) => ({
  code: 'CidrCoversServices',
  services: services.map(([title, port]) => ({ service: title, ports: [port] })),
  others: 0,
});

const KUBERNETES = ['default/kubernetes', 443] as const;
const PAY = ['shop/pay', 80] as const;

describe('62-cidr-over-clusterip: a range over ClusterIPs is told', () => {
  test('as it is: with the ports that are granted', () => {
    expect(coveredBy()).toMatchObject(warning(KUBERNETES, PAY));
  });

  test.each<Row>([
    ['a range inside of a block', [['10.0.0.0/8', '10.96.0.0/15']]],
    ['a range wider than a block', [['10.0.0.0/8', '8.0.0.0/5']]],
    ['host bits', [['10.0.0.0/8', '10.96.7.7/12']]],
    [
      'dual stack, IPv6 second',
      [
        ['clusterIP: 10.96.0.1', 'clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, "fd00:10::1"]'],
        ['clusterIP: 10.96.0.2', 'clusterIPs: ["FD00:10:0::2", 10.96.0.2]'],
        ['10.0.0.0/8', '"fd00:10::/64"'],
      ],
    ],
    ['the list only', [['clusterIP: 10.96.0.1', 'clusterIPs: [10.96.0.1]']]],
    [
      'other types',
      [
        ['clusterIP: 10.96.0.1', 'type: LoadBalancer, clusterIP: 10.96.0.1'],
        ['clusterIP: 10.96.0.2', 'type: NodePort, clusterIP: 10.96.0.2'],
      ],
    ],
  ])('variant: %s', (_what, edits) => {
    expect(coveredBy(edits)).toMatchObject(warning(KUBERNETES, PAY));
  });

  test.each<Row>([
    ['one address', [['10.0.0.0/8', '10.96.0.2']]],
    ['one address as a range', [['10.0.0.0/8', '10.96.0.2/32']]],
    ['a headless Service', [['clusterIP: 10.96.0.1', 'clusterIP: None, clusterIPs: [None]']]],
    ['an empty address', [['clusterIP: 10.96.0.1', 'clusterIP: ""']]],
    ['null for the addresses', [['clusterIP: 10.96.0.1', 'clusterIP: null, clusterIPs: null']]],
    ['an address outside', [['clusterIP: 10.96.0.1', 'clusterIP: 192.0.2.1']]],
    [
      'an ExternalName Service',
      [['clusterIP: 10.96.0.1', 'type: ExternalName, externalName: a.example.com']],
    ],
    ['a port that is not granted', [['port: 443, name', 'port: 8443, name']]],
    ['a port of UDP', [['port: 443, name', 'port: 443, protocol: UDP, name']]],
  ])('variant, so only the other Service is named: %s', (_what, edits) => {
    expect(coveredBy(edits)).toMatchObject(warning(PAY));
  });

  test.each<Row>([
    ['a range elsewhere', [['10.0.0.0/8', '10.97.0.0/16']]],
    ['the other family', [['10.0.0.0/8', '"fd00::/8"']]],
    ['other ports', [['{ port: 443 }, { port: 80 }]', '{ port: 8080 }]']]],
  ])('variant, so nothing is: %s', (_what, edits) => {
    expect(coveredBy(edits)).toBeUndefined();
  });

  test('of many Services the first are named, and the others counted', () => {
    const more = Array.from(
      { length: 12 },
      (_, index) => `---
apiVersion: v1
kind: Service
metadata: { name: a${index + 10}, namespace: shop }
spec: { clusterIP: 10.100.0.${index}, ports: [{ port: 80 }] }
`,
    ).join('');
    const covered = coveredBy([
      [
        '---\napiVersion: v1\nkind: Service\nmetadata: { name: pay',
        `${more}---\napiVersion: v1\nkind: Service\nmetadata: { name: pay`,
      ],
    ]);
    expect(covered).toMatchObject({
      ...warning(KUBERNETES, ['shop/a10', 80], ['shop/a11', 80]),
      others: 11,
    });
  });
});

/** What an entry of the case is told about TCP without an address, with the remedies. */
const tcpRemedies = (edits: Edits = [], dnsCapture = false): readonly string[] =>
  outcomeOf('59-wildcard-tcp-closed-and-captured', edits, 'red', { dnsCapture })
    .diagnostics.filter(({ code }) => code === 'TcpHostNeedsAddress')
    .map(messageOf);

const WILDCARD_REMEDY = 'List its hosts by their exact names, or grant their addresses with cidr';

describe('59-wildcard-tcp-closed-and-captured: a wildcard of TCP is told only what helps it', () => {
  const HOST = '*.abcde.mongodb.example';

  test.each<CaptureRow>([
    ['as it is', [], false],
    ['with DNS capture', [], true],
    [
      'nothing else restricts the namespace',
      [['spec: { allow: [] }', 'spec: { mode: Audit, allow: [] }']],
      false,
    ],
    ['another port', [['27017', '5432']], false],
    ['a wildcard that is wider', [[HOST, '*.mongodb.example']], false],
    ['upper case and a trailing dot', [[HOST, '*.ABCDE.mongodb.example.']], false],
  ])('%s', (_what, edits, dnsCapture) => {
    const [remedy, ...others] = tcpRemedies(edits, dnsCapture);
    expect(others).toEqual([]);
    expect(remedy).toContain(WILDCARD_REMEDY);
    expect(remedy).not.toMatch(/DNS capture|without workloadSelector/);
  });

  test.each<CaptureRow>([
    ['an exact host, in a namespace that is restricted as a whole', [[HOST, 'db.mongodb.example']], false],
    [
      'an exact host, with DNS capture',
      [
        [HOST, 'db.mongodb.example'],
        ['spec: { allow: [] }', 'spec: { mode: Audit, allow: [] }'],
      ],
      true,
    ],
    [
      'the addresses',
      [
        [`host: '${HOST}'`, 'cidr: 192.0.2.0/24'],
        [', protocol: TCP', ''],
      ],
      false,
    ],
  ])('variant, the remedy works: %s', (_what, edits, dnsCapture) => {
    const { codes, hosts } = outcomeOf('59-wildcard-tcp-closed-and-captured', edits, 'red', { dnsCapture });
    // In a namespace that is restricted as a whole, the host takes its port, which is told.
    expect(codes.filter((code) => code !== '0 TcpHostTakesPort')).toEqual([]);
    expect(hosts.filter((host) => host.startsWith('red/'))).toHaveLength(1);
  });

  test('variant: an exact host that neither remedy reaches is told both', () => {
    const [remedy] = tcpRemedies([
      [HOST, 'db.mongodb.example'],
      ['spec: { allow: [] }', 'spec: { mode: Audit, allow: [] }'],
    ]);
    expect(remedy).toMatch(/DNS capture.*without workloadSelector.*cidr/);
  });
});

const hostBitsOf = (text: string): readonly unknown[] =>
  outcomeOf('62-cidr-over-clusterip', [['10.0.0.0/8', `"${text}"`]]).diagnostics.flatMap((found) =>
    found.code === 'CidrHasHostBits' ? [{ ...found, message: messageOf(found) }] : [],
  );

describe('a range that is written by an address inside it is told with both spellings', () => {
  const TOLD = { code: 'CidrHasHostBits' };

  test.each([
    ['203.0.113.7/24', '203.0.113.0/24', '203.0.113.7'],
    ['203.0.113.255/31', '203.0.113.254/31', '203.0.113.255'],
    ['10.1.2.3/8', '10.0.0.0/8', '10.1.2.3'],
    ['2001:DB8::1/64', '2001:db8::/64', '2001:db8::1'],
    ['2001:db8:0:0:0:0:0:7/127', '2001:db8::6/127', '2001:db8::7'],
  ])('%s', (text, cidr, address) => {
    expect(hostBitsOf(text)).toMatchObject([{ ...TOLD, cidr, address }]);
    expect(hostBitsOf(text)).toMatchObject([
      { message: expect.stringContaining(`write cidr: ${cidr} if that is meant, or cidr: ${address} for`) },
    ]);
    // Both spellings that the message offers are silent.
    expect([hostBitsOf(cidr), hostBitsOf(address)]).toEqual([[], []]);
  });

  test.each(['203.0.113.7', '203.0.113.7/32', '203.0.113.0/24', '2001:DB8:0::/64', '2001:db8::7/128'])(
    'nothing is said of %s',
    (text) => {
      expect(hostBitsOf(text)).toEqual([]);
    },
  );
});
