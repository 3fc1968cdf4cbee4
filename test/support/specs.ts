// Random specs of EgressIntent, valid and invalid, for the test that compares our parser with the API server.
import * as fc from 'fast-check';

const hosts = fc.constantFrom(
  'www.example.com',
  'WWW.Example.COM.',
  '*.example.com',
  '*.com',
  '*',
  'foo',
  'foo.',
  '1.2.3.4',
  '1.2.3.4.',
  'a.1',
  '2001:db8::1',
  'a_b.example.com',
  '-a.example.com',
  'a-.example.com',
  'a..b',
  '.a.b',
  'https://a.b',
  'a.b:443',
  'a.b/c',
  '*foo.com',
  'a.*.com',
  '*.',
  '**.a.b',
  'xn--bcher-kva.example',
  'ä.example.com',
  ' a.b',
  'a.b ',
  `${'a'.repeat(63)}.com`,
  `${'a'.repeat(64)}.com`,
  '',
);
const cidrs = fc.oneof(
  fc.constantFrom(
    '203.0.113.0/24',
    '203.0.113.9/24',
    '1.2.3.4',
    '1.2.3.4/32',
    '0.0.0.0/0',
    '0.0.0.0',
    '0.1.2.3/4',
    '1.2.3.4/0',
    '128.0.0.0/1',
    '::/0',
    '::',
    '::1',
    '2001:db8::/32',
    '2001:DB8::1/64',
    '::1/3',
    '::ffff:1.2.3.4',
    '::ffff:1.2.3.4/120',
    '64:ff9b::1.2.3.4',
    'fe80::1%eth0',
    '01.2.3.4',
    '1.2.3',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/-1',
    '1.2.3.4/',
    '1.2.3.4/+8',
    '2001:db8::/129',
    'x',
    '',
    '1.2.3.4 ',
    '2001:db8::1::2',
    '12345::',
    '1.2.3.256',
  ),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.tuple(fc.ipV4(), fc.nat(34)).map(([address, length]) => `${address}/${length}`),
  fc.tuple(fc.ipV6(), fc.nat(130)).map(([address, length]) => `${address}/${length}`),
);
const names = fc.constantFrom(
  'green',
  'a',
  'Green',
  'a.b',
  'a-b',
  '-a',
  'a-',
  '',
  'a'.repeat(63),
  'a'.repeat(64),
  '1',
);
const port = fc.record(
  {
    port: fc.constantFrom<unknown>(
      0,
      1,
      80,
      443,
      8443,
      14999,
      15000,
      15001,
      15090,
      15091,
      65535,
      65536,
      -1,
      80.5,
      '80',
    ),
    protocol: fc.constantFrom('HTTP', 'HTTP2', 'GRPC', 'TLS', 'TCP', 'HTTPS', 'UDP', 'http', ''),
  },
  { requiredKeys: ['port'] },
);
const validPort = fc.record(
  { port: fc.constantFrom(80, 443, 8443), protocol: fc.constantFrom('HTTP', 'TLS', 'TCP') },
  { requiredKeys: ['port'] },
);
const ports = fc.oneof(fc.array(validPort, { minLength: 1, maxLength: 3 }), fc.array(port, { maxLength: 3 }));
const destinations = {
  namespace: fc.record({ name: names }),
  service: fc.record({ name: names, namespace: names }, { requiredKeys: ['name'] }),
  host: hosts,
  serviceEntry: fc.record({ host: hosts, namespace: names }, { requiredKeys: ['host'] }),
  cidr: cidrs,
};
const oneDestination = fc.oneof(
  ...Object.entries(destinations).map(([kind, value]) =>
    fc.tuple(value, fc.option(ports, { nil: undefined })).map(([destination, list]) => ({
      [kind]: destination,
      ...(list === undefined ? {} : { ports: list }),
    })),
  ),
);
const anyFields = fc.record(
  { ...destinations, ports, description: fc.string({ maxLength: 3 }), extra: fc.nat() },
  { requiredKeys: [] },
);
const labels = fc.dictionary(
  fc.constantFrom('app', 'example.com/team', 'a b', '', '*', 'a/b/c', '-a', 'A', 'a'.repeat(64)),
  fc.constantFrom('web', '', 'a b', 'x'.repeat(63), 'x'.repeat(64), 'a_b.c', '-a', '*'),
  { maxKeys: 2 },
);
const plain = fc.record(
  {
    workloadSelector: fc.oneof(
      fc.record({ matchLabels: labels }, { requiredKeys: [] }),
      fc.constant({ matchExpressions: [] }),
    ),
    mode: fc.constantFrom('Enforce', 'Audit', 'Off'),
    allow: fc.oneof(
      { weight: 8, arbitrary: fc.array(oneDestination, { maxLength: 2 }) },
      fc.array(anyFields, { maxLength: 2 }),
    ),
  },
  { requiredKeys: [] },
);

/** Puts null in the place of a value, or of a field that an object does not have; values are numbered from the outside in. */
type NullEdit = { readonly at: number; readonly field: string | undefined };

const nullEdits = fc.array(
  fc.record({
    at: fc.nat(20),
    field: fc.option(
      fc.constantFrom('mode', 'matchLabels', 'ports', 'host', 'service', 'namespace', 'protocol', 'extra'),
      { nil: undefined },
    ),
  }),
  { maxLength: 3 },
);

function withNull(value: unknown, { at, field }: NullEdit): unknown {
  let next = 0;
  return visit(value);

  function visit(each: unknown): unknown {
    const isHere = next === at;
    next += 1;
    if (isHere && field === undefined) return null;
    if (Array.isArray(each)) return each.map(visit);
    if (typeof each !== 'object' || each === null) return each;
    const fields = Object.entries(each).map(([name, below]) => [name, visit(below)]);
    return Object.fromEntries(isHere && field !== undefined ? [[field, null], ...fields] : fields);
  }
}

/** Specs from valid to absurd; most have one error or none. Half of them have nulls. */
export const spec = fc.oneof(
  plain,
  fc.tuple(plain, nullEdits).map(([value, edits]) => edits.reduce(withNull, value as unknown)),
);
