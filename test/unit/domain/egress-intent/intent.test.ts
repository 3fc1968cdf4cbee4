import { describe, expect, test } from 'vitest';
import { pathText } from '../../../../src/domain/problem.ts';
import { parseIntent, parseSpec } from '../../../../src/domain/egress-intent/intent.ts';

const problemsOf = (spec: unknown): readonly string[] => {
  const parsed = parseSpec(spec, 'red');
  return parsed.ok ? [] : parsed.error.map(({ path, message }) => `${pathText(path)}: ${message}`);
};
const entryProblems = (entry: unknown): readonly string[] => problemsOf({ allow: [entry] });

describe('a spec', () => {
  test('is normalised: lower case, no trailing dot, ports in order, defaults filled in', () => {
    const parsed = parseSpec(
      {
        workloadSelector: { matchLabels: { app: 'web' } },
        allow: [
          { namespace: { name: 'green' }, ports: [{ port: 443 }, { port: 80 }] },
          { service: { name: 'api' } },
          { host: 'WWW.Example.com.' },
          { host: '*.example.com', ports: [{ port: 443 }, { port: 80 }, { port: 5432, protocol: 'TCP' }] },
          { serviceEntry: { host: 'API.example.com', namespace: 'entries' } },
          { cidr: '203.0.113.9/24', ports: [{ port: 2 }, { port: 1 }] },
        ],
      },
      'red',
    );
    expect(parsed).toEqual({
      ok: true,
      value: {
        selector: { app: 'web' },
        mode: 'Enforce',
        allow: [
          { kind: 'namespace', namespace: 'green', ports: [80, 443] },
          { kind: 'service', namespace: 'red', name: 'api' },
          { kind: 'host', host: 'www.example.com', ports: [{ port: 443, protocol: 'TLS' }] },
          {
            kind: 'host',
            host: '*.example.com',
            ports: [
              { port: 80, protocol: 'HTTP' },
              { port: 443, protocol: 'TLS' },
              { port: 5432, protocol: 'TCP' },
            ],
          },
          { kind: 'serviceEntry', namespace: 'entries', host: 'api.example.com' },
          { kind: 'cidr', cidr: '203.0.113.0/24', address: '203.0.113.9', ports: [1, 2] },
        ],
      },
    });
  });

  test.each([
    { allow: [] },
    { allow: [], workloadSelector: {} },
    { allow: [], workloadSelector: { matchLabels: {} } },
  ])('selects every workload where it selects nothing: %j', (spec) => {
    expect(parseSpec(spec, 'red')).toMatchObject({ ok: true, value: { selector: {} } });
  });

  test('reports every problem and not only the first', () => {
    expect(problemsOf({ mode: 'Off', allow: [{ host: 'foo' }, {}], extra: 1 })).toHaveLength(4);
  });
});

const BAD_ENTRIES: readonly (readonly [string, unknown, string])[] = [
  [
    'two kinds in one entry',
    { host: 'a.b', cidr: '1.2.3.4', ports: [{ port: 1, protocol: 'TCP' }] },
    'has exactly one of',
  ],
  ['no kind at all', { description: 'nothing' }, 'has exactly one of'],
  ['an IP as host', { host: '10.0.0.1' }, 'for an address, use cidr'],
  ['an IPv6 address as host', { host: '2001:db8::1' }, 'use cidr with ports'],
  ['a wildcard for everything', { host: '*' }, 'would allow every host'],
  ['a wildcard in the middle', { host: 'www.*.com' }, 'is not a valid DNS name'],
  ['a partial wildcard', { host: '*foo.example.com' }, 'is not a valid DNS name'],
  ['a host without a dot', { host: 'foo' }, 'has no dot'],
  ['an underscore', { host: 'a_b.example.com' }, 'is not a valid DNS name'],
  ['a URL', { host: 'https://www.example.com/x' }, 'is not a valid DNS name'],
  ['a wildcard over a top-level domain', { host: '*.com' }, 'two or more labels after it'],
  ['a name in another alphabet', { host: 'm\u00FCnchen.de' }, 'Punycode, such as xn--mnchen-3ya.de'],
  ['a port in the host', { host: 'www.example.com:443' }, 'is not a valid DNS name'],
  ['an empty label', { host: 'www..com' }, 'is not a valid DNS name'],
  ['port 0', { host: 'a.b', ports: [{ port: 0, protocol: 'TLS' }] }, 'is not a port number'],
  ['port 70000', { host: 'a.b', ports: [{ port: 70000, protocol: 'TLS' }] }, 'is not a port number'],
  ['half a port', { host: 'a.b', ports: [{ port: 80.5, protocol: 'TLS' }] }, 'is not a port number'],
  [
    'a port of Istio itself',
    { host: 'a.b', ports: [{ port: 15001, protocol: 'TLS' }] },
    "reserved for Istio's proxy",
  ],
  [
    'the last port of Istio',
    { service: { name: 'a' }, ports: [{ port: 15090 }] },
    "reserved for Istio's proxy",
  ],
  ['a port twice', { cidr: '1.2.3.4', ports: [{ port: 1 }, { port: 1 }] }, 'listed twice'],
  [
    'an unknown protocol',
    { host: 'a.b', ports: [{ port: 1, protocol: 'UDP' }] },
    'is not a supported protocol',
  ],
  [
    'HTTPS, which is TLS to Istio',
    { host: 'a.b', ports: [{ port: 1, protocol: 'HTTPS' }] },
    'TLS (also for HTTPS)',
  ],
  ['an odd port without protocol', { host: 'a.b', ports: [{ port: 8443 }] }, 'needs a protocol'],
  [
    'a protocol with service',
    { service: { name: 'a' }, ports: [{ port: 80, protocol: 'HTTP' }] },
    'is allowed with host only',
  ],
  [
    'a protocol other than TCP with cidr',
    { cidr: '1.2.3.4', ports: [{ port: 80, protocol: 'HTTP' }] },
    'remove protocol',
  ],
  ['a cidr without ports', { cidr: '1.2.3.4' }, 'cidr needs ports'],
  ['no ports at all', { host: 'a.b', ports: [] }, 'ports'],
  ['everything as cidr', { cidr: '0.0.0.0/0', ports: [{ port: 1 }] }, 'every address'],
  ['half of everything', { cidr: '0.0.0.0/1', ports: [{ port: 1 }] }, 'every address'],
  ['a cidr that is masked to everything', { cidr: '0.1.2.3/4', ports: [{ port: 1 }] }, 'every address'],
  ['no cidr', { cidr: '1.2.3.4/40', ports: [{ port: 1 }] }, 'is not an IP address or CIDR range'],
  ['a Service name in upper case', { service: { name: 'Api' } }, 'is not a valid Kubernetes name'],
  ['a namespace with a dot', { namespace: { name: 'a.b' } }, 'is not a valid Kubernetes name'],
  ['a wildcard as serviceEntry', { serviceEntry: { host: '*' } }, 'would allow every host'],
  ['an unknown field', { host: 'a.b', port: 80 }, 'port'],
];

describe('an entry is refused with a remedy', () => {
  test.each(BAD_ENTRIES)('%s', (_title, entry, remedy) => {
    const problems = entryProblems(entry);
    expect(problems.join('\n')).toContain(remedy);
    expect(problems.every((problem) => problem.startsWith('spec.allow[0]'))).toBe(true);
  });
});

describe('a selector is refused', () => {
  test.each([
    [{ matchExpressions: [] }, 'matchExpressions'],
    [{ matchLabels: { app: 'a b' } }, 'spec.workloadSelector.matchLabels.app'],
    [{ matchLabels: { 'a b': 'x' } }, 'has an invalid label key'],
    [{ matchLabels: { '*': 'x' } }, 'has an invalid label key'],
    [{ matchLabels: { app: 'x'.repeat(64) } }, 'spec.workloadSelector.matchLabels.app'],
  ])('%j', (workloadSelector, expected) => {
    expect(problemsOf({ workloadSelector, allow: [] }).join('\n')).toContain(expected);
  });
});

describe('parseIntent', () => {
  const metadata = { name: 'a', namespace: 'red', uid: 'u', generation: 3 };

  test('keeps what is wrong with an intent that it cannot read', () => {
    expect(parseIntent({ metadata, spec: {} })).toMatchObject({
      kind: 'invalid',
      uid: 'u',
      problems: [{ path: ['spec', 'allow'] }],
    });
  });

  test('reads an object without a spec as invalid, not as absent', () => {
    expect(parseIntent({ metadata })).toMatchObject({ kind: 'invalid' });
  });

  test('takes an intent that is being deleted for gone, so that nothing is made again behind the garbage collector', () => {
    const deleting = { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(parseIntent({ metadata: deleting, spec: { allow: [] } })).toBeUndefined();
  });

  test.each([undefined, null, 'text', 7, [], {}, { metadata: {} }])('takes %j for no intent', (raw) => {
    expect(parseIntent(raw)).toBeUndefined();
  });
});
