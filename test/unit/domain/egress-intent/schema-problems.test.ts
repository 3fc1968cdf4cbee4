// Every wrong type of every field, and every field in a wrong place, is told in words that say what to write.
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseSpec } from '../../../../src/domain/egress-intent/intent.ts';
import { pathText } from '../../../../src/domain/problem.ts';

const problemsOf = (spec: unknown): readonly string[] => {
  const parsed = parseSpec(spec, 'red');
  return parsed.ok ? [] : parsed.error.map(({ path, message }) => `${pathText(path)}: ${message}`);
};
const entryProblem = (entry: unknown): string | undefined => problemsOf({ allow: [entry] })[0];

type Entry = { readonly [field: string]: unknown };

const VALUES: readonly unknown[] = [7, true, 'text', '', [], ['a'], {}, { a: 1 }, null, undefined];

/** Puts a value where each field is. */
const PLACES: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ['spec', (value) => value],
  ['workloadSelector', (value) => ({ allow: [], workloadSelector: value })],
  ['matchLabels', (value) => ({ allow: [], workloadSelector: { matchLabels: value } })],
  ['a label', (value) => ({ allow: [], workloadSelector: { matchLabels: { app: value } } })],
  ['mode', (value) => ({ allow: [], mode: value })],
  ['allow', (value) => ({ allow: value })],
  ['an entry', (value) => ({ allow: [value] })],
  ...['namespace', 'service', 'host', 'serviceEntry', 'cidr'].map(
    (kind): readonly [string, (value: unknown) => unknown] => [
      kind,
      (value) => ({ allow: [{ [kind]: value }] }),
    ],
  ),
  ['namespace.name', (value) => ({ allow: [{ namespace: { name: value } }] })],
  ['service.name', (value) => ({ allow: [{ service: { name: value } }] })],
  ['service.namespace', (value) => ({ allow: [{ service: { name: 'a', namespace: value } }] })],
  ['serviceEntry.host', (value) => ({ allow: [{ serviceEntry: { host: value } }] })],
  ['ports', (value) => ({ allow: [{ service: { name: 'a' }, ports: value }] })],
  ['a port entry', (value) => ({ allow: [{ service: { name: 'a' }, ports: [value] }] })],
  ['port', (value) => ({ allow: [{ service: { name: 'a' }, ports: [{ port: value }] }] })],
  ['protocol', (value) => ({ allow: [{ host: 'a.b', ports: [{ port: 443, protocol: value }] }] })],
  ['description', (value) => ({ allow: [{ host: 'a.b', description: value }] })],
];

describe.each(PLACES)('a value of another type in %s', (_place, specWith) => {
  test.each(VALUES)('is told with what to write: %j', (value) => {
    for (const problem of problemsOf(specWith(value))) {
      expect(problem).not.toMatch(/invalid input|unrecognized|expected|received|undefined|\[object/i);
      expect(problem).toMatch(/^spec\S*: \S.*(?:: | is longer | is empty)\S/);
    }
  });
});

test('most of these values are refused', () => {
  const refused = PLACES.flatMap(([, specWith]) =>
    VALUES.filter((value) => problemsOf(specWith(value)).length > 0),
  );
  expect(refused.length).toBeGreaterThan(100);
});

describe('what was meant', () => {
  test.each([
    [{ service: 'api.payments' }, 'service: {name: api, namespace: payments}'],
    [{ service: 'api.payments.svc.cluster.local' }, 'service: {name: api, namespace: payments}'],
    [{ service: 'api' }, 'service: {name: api}'],
    [{ namespace: 'payments' }, 'namespace: {name: payments}'],
    [{ serviceEntry: 'api.example.com' }, 'serviceEntry: {host: api.example.com}'],
    ['api.example.com', 'host: api.example.com'],
    ['*.example.com', 'host: "*.example.com"'],
    [{ host: '2001:db8::5' }, 'use cidr with ports'],
    [{ host: '::1' }, 'use cidr with ports'],
    [{ host: '::' }, 'use cidr with ports'],
    [{ host: '[2001:DB8::5]' }, 'use cidr with ports'],
    [{ host: '[::1]:443' }, 'use cidr with ports'],
    [{ host: 'fe80::1%eth0' }, 'use cidr with ports'],
    [{ host: '2001:db8:0:0:0:0:0:5' }, 'use cidr with ports'],
    [{ host: '2001:db8::/32' }, 'use cidr with ports'],
    [{ host: '::ffff:192.0.2.1' }, 'use cidr with ports'],
    [{ serviceEntry: { host: '2001:db8::5' } }, 'use cidr with ports'],
    [{ host: 'cafe:80' }, 'has no dot'],
    [{ host: 'www.example.com:80' }, 'is not a valid DNS name'],
    [{ service: { name: 'api.blue' } }, 'write service: {name: api, namespace: blue}'],
    [{ service: { name: 'api.blue.svc' } }, 'write service: {name: api, namespace: blue}'],
    [{ service: { name: 'api.blue.svc.cluster.local' } }, 'write service: {name: api, namespace: blue}'],
    [{ service: { name: 'api.blue.svc.cluster.local.', namespace: 'a' } }, '{name: api, namespace: blue}'],
    [{ service: { name: 'www.example.com' } }, 'is not a valid Kubernetes name'],
    [{ service: { name: 'Api.blue' } }, 'is not a valid Kubernetes name'],
    [{ serviceEntry: '*.example.com' }, 'serviceEntry: {host: "*.example.com"}'],
    [{ host: '*' }, 'a wildcard such as "*.example.com"'],
    [{ serviceEntry: { host: '*' } }, 'a wildcard such as "*.example.com"'],
    [{ host: '*.*.com' }, 'or "*.example.com"'],
    [{ serviceEntry: { host: 'a*.example.com' } }, 'or "*.example.com"'],
    [{ host: ['a.example.com', 'b.example.com'] }, 'one entry for each host'],
    [{ host: 'a.example.com', port: 443 }, 'ports: [{port: 443}]'],
    [{ host: 'a.example.com', port: 80 }, 'ports: [{port: 80}]'],
    [{ host: 'a.example.com', port: '80' }, 'ports: [{port: 80}]'],
    [{ host: 'a.example.com', port: 8443 }, 'ports: [{port: 8443, protocol: TLS}]'],
    [{ host: 'a.example.com', port: 80, protocol: 'TCP' }, 'ports: [{port: 80, protocol: TCP}]'],
    [{ host: 'a.example.com', protocol: 'HTTP' }, 'ports: [{port: 80, protocol: HTTP}]'],
    [{ service: { name: 'api' }, port: 8080 }, 'write ports: [{port: 8080}]'],
    [{ service: { name: 'api' }, port: 8080, protocol: 'TCP' }, 'write ports: [{port: 8080}]'],
    [{ cidr: '203.0.113.0/24', port: 22 }, 'write ports: [{port: 22}]'],
    [{ cidr: '203.0.113.0/24', port: 'x' }, 'write ports: [{port: 5432}]'],
    [{ host: 'a.example.com', ports: { port: 80 } }, 'must be a list: write ports: [{port: 80}]'],
    [{ service: { name: 'api' }, ports: { port: '81' } }, 'must be a list: write ports: [{port: 81}]'],
    [{ service: { name: 'api', port: 80 } }, 'write ports: [{port: 80}] one level up, next to service'],
    [{ namespace: { name: 'a', port: 81 } }, 'write ports: [{port: 81}] one level up, next to namespace'],
    [{ serviceEntry: { host: 'a.b', port: 82 } }, 'ports: [{port: 82}] one level up, next to serviceEntry'],
    [{ host: 'a.example.com', ports: 8443 }, 'ports: [{port: 8443}]'],
    [{ host: 'a.example.com', ports: [443] }, '{port: 443}'],
    [{ host: 'a.example.com', ports: ['443'] }, '{port: 443}'],
    [{ hosts: ['a.example.com'] }, 'one entry with host'],
    [{ service: { name: 'api', ports: [{ port: 80 }] } }, 'one level up, next to service'],
    [{ namespace: { name: 'blue', ports: [{ port: 80 }] } }, 'one level up, next to namespace'],
    [{ serviceEntry: { host: 'a.b', description: 'x' } }, 'one level up, next to serviceEntry'],
    [{ service: { name: 'api', host: 'x' } }, 'one level up'],
    [{ namespace: { name: 'a', namespace: 'b' } }, 'write name, or remove it'],
    [{ service: { nmae: 'api', name: 'api' } }, 'write name, namespace'],
    [{ host: 'a.b', ports: [{ number: 443, port: 443 }] }, 'write port instead of number'],
  ])('by the entry %j is in the message', (entry, expected) => {
    expect(entryProblem(entry)).toContain(expected);
  });

  test.each([{ port: 22 }, { port: 22, protocol: 'TCP' }, { ports: { port: 22 } }, { ports: 22 }])(
    'by a cidr with %j is told with one remedy, of the number given',
    (ports) => {
      const remedies = problemsOf({ allow: [{ cidr: '203.0.113.0/24', ...ports }] })
        .join('\n')
        .match(/\{port: [^}]*\}/g);
      expect([...new Set(remedies)]).toEqual(['{port: 22}']);
    },
  );

  test.each([
    { cidr: '203.0.113.0/24', port: 22 },
    { host: 'a.example.com', port: 8443 },
    { host: 'a.example.com', port: 80 },
    { host: 'a.example.com', protocol: 'TCP' },
    { service: { name: 'api' }, port: 80, protocol: 'HTTP' },
    { service: { name: 'api' }, port: 70_000 },
  ])('by %j is told with ports that are accepted', (entry) => {
    const { port: _port, protocol: _protocol, ...others }: Entry = entry;
    const advised: unknown = parse(/ports: (\[\{.*?\}\])/.exec(entryProblem(entry) ?? '')?.[1] ?? '');
    expect(advised).toHaveLength(1);
    expect(problemsOf({ allow: [{ ...others, ports: advised }] })).toEqual([]);
  });

  test.each([
    [{ app: 'web' }, 'write matchLabels: {app: web}'],
    [{ app: ['web'] }, 'write matchLabels: {app: ...}'],
    [{ labels: { app: 'web' } }, 'write matchLabels'],
    [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, 'by labels only'],
    [{ matchLabels: { app: 1 } }, 'must be text: write it in quotes'],
    [{ matchLabels: { app: true } }, 'must be text: write it in quotes'],
    ['web', 'workloadSelector: {matchLabels: {app: web}}'],
  ])('by the selector %j is in the message', (workloadSelector, expected) => {
    expect(problemsOf({ workloadSelector, allow: [] }).join('\n')).toContain(expected);
  });

  test.each([undefined, null])('by a spec that is %j is in the message', (spec) => {
    expect(problemsOf(spec)).toEqual([expect.stringMatching(/^spec: is missing: write spec with allow/)]);
  });
});
