// Granted ServiceEntries whose host another registration serves to the pods: kept by what a listener lists, or told about the entry that grants them. How
// istiod takes them: test/proof/fidelity-cases/registrations.yaml.
import { describe, expect, test } from 'vitest';
import { messageOf } from '../../../../src/domain/egress-intent/diagnostics.ts';
import {
  created,
  MANAGED,
  pod,
  routeTo,
  serviceEntry,
  virtualService,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { compiled, settingsWith } from '../../../support/compiler.ts';

const HOST = 'api.partner.com';
const NOTHING = 'istio-system/*.egress-intent-matches-nothing';
const tls = (...numbers: readonly number[]) => ({
  ports: numbers.map((number) => ({ number, name: `tls-${number}`, protocol: 'TLS' })),
});
const entry = (name: string, day: string, spec: object = {}): ClusterObject =>
  serviceEntry(name, { hosts: [HOST], ...tls(443), ...spec }, created(day));
const intent = (name: string, allow: readonly object[]): ClusterObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'shop', uid: name, creationTimestamp: '2026-02-01T00:00:00Z' },
  spec: { workloadSelector: { matchLabels: { app: name } }, allow },
});
const named = (namespace: string, ...ports: readonly number[]) => ({
  serviceEntry: { host: HOST, namespace },
  ...(ports.length === 0 ? {} : { ports: ports.map((port) => ({ port })) }),
});
const host = (name: string, ...ports: readonly number[]) => ({
  host: name,
  ports: ports.map((port) => ({ port, protocol: 'TLS' })),
});

/** What the pods of app `web` get: the hosts that their Sidecar lists, and what is said of registrations. */
function outcome(objects: readonly ClusterObject[], istioVersion = '1.31') {
  const pods = [pod('web-0', { app: 'web' }), pod('batch-0', { app: 'batch' })];
  const settings = settingsWith({ istioVersion, platformHosts: [] });
  const { compilation } = compiled([...objects, ...pods], 'shop', settings);
  const own = compilation.sidecars.filter(({ scope }) => scope.selector['app'] === 'web');
  const said = compilation.diagnostics.filter(
    ({ code, intent: name }) => code.startsWith('Registration') && name === 'web',
  );
  return {
    hosts: own.flatMap(({ spec }) => spec.egress.flatMap(({ hosts }) => hosts)),
    said: said.map((each) =>
      [each.entry, each.code, ...('serviceEntry' in each ? [each.serviceEntry] : [])].join(' '),
    ),
    messages: said.map((each) => messageOf(each)),
  };
}

describe('of two granted registrations the one that answers without intents is used', () => {
  test.each([
    ['both whole', named('tools'), named('istio-system')],
    ['one limited to a port', named('tools'), named('istio-system', 443)],
    ['both limited to a port', named('tools', 443), named('istio-system', 443)],
  ])('%s', (_title, ...allow) => {
    const objects = [entry('istio-system/old', '01'), entry('tools/new', '02', { exportTo: ['shop'] })];
    const { hosts, said } = outcome([...objects, intent('web', allow)]);
    expect(hosts).toContain(NOTHING);
    expect(said).toEqual([]);
  });

  test('without a wildcard where it is the oldest anyway', () => {
    const objects = [entry('istio-system/old', '02'), entry('tools/new', '01', { exportTo: ['shop'] })];
    const allow = [named('tools'), named('istio-system')];
    expect(outcome([...objects, intent('web', allow)]).hosts).not.toContain(NOTHING);
  });

  const http = { ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] };
  test.each([
    ['the own namespace', 'shop/route', [HOST], 'istio-system'],
    ['the own namespace, by a wildcard', 'shop/route', ['*.partner.com'], 'istio-system'],
    ['the root namespace', 'istio-system/route', [HOST], 'partners'],
  ])('though %s is listed for its route only', (_title, id, hosts, older) => {
    const objects = [
      entry(`${older}/old`, '01', http),
      entry('tools/new', '02', { ...http, exportTo: ['shop'] }),
      virtualService(id, { hosts, http: [routeTo(HOST)] }),
    ];
    const { hosts: listed, said } = outcome([...objects, intent('web', [named('tools'), named(older)])]);
    expect(listed).toContain(`${id.split('/')[0] ?? ''}/${HOST}`);
    expect(listed).toContain(NOTHING);
    expect(said).toEqual([]);
  });
});

describe('a registration beside an older one of its namespace that the caller cannot see is kept', () => {
  test.each([
    ['of other ports', tls(8443)],
    ['of the same ports', tls(443)],
    ['of several hosts', { hosts: ['other.partner.com', HOST] }],
  ])('%s', (_title, spec) => {
    const hidden = entry('istio-system/hidden', '01', { ...spec, exportTo: ['.'] });
    const objects = [hidden, entry('istio-system/shown', '02')];
    expect(outcome([...objects, intent('web', [host(HOST, 443)])]).hosts).toContain(NOTHING);
  });

  test('and needs nothing if there is no other', () => {
    const objects = [entry('istio-system/shown', '02'), intent('web', [host(HOST, 443)])];
    expect(outcome(objects).hosts).not.toContain(NOTHING);
  });
});

describe('a granted registration that another one replaces is told', () => {
  test.each([
    ['the other one has a further granted port', [named('istio-system'), named('tools')], '1 '],
    ['the same, in another order of entries', [named('istio-system', 443, 8443), named('tools', 443)], '1 '],
    ['the entry is limited to a port', [named('istio-system', 8443, 443), named('tools', 443)], '1 '],
  ])('%s', (_title, allow, start) => {
    const objects = [
      entry('istio-system/old', '01', tls(443, 8443)),
      entry('tools/new', '02', { exportTo: ['shop'] }),
    ];
    const { said, messages } = outcome([...objects, intent('web', allow)]);
    expect(said).toEqual([`${start}RegistrationReplaced tools/new`]);
    expect(messages[0]).toContain('8443');
  });

  test('if a host entry needs a port which it lacks, instead of a note that it is followed', () => {
    const objects = [
      entry('istio-system/old', '01', { exportTo: ['shop'] }),
      entry('tools/new', '02'),
      intent('web', [host(HOST, 443, 8443), named('tools', 443)]),
    ];
    expect(outcome(objects).said).toEqual([
      '0 RegistrationNotFollowed tools/new',
      '0 RegistrationReplaced istio-system/old',
      '1 RegistrationReplaced istio-system/old',
    ]);
  });

  test('not if it is the other one that answers without intents', () => {
    const objects = [
      entry('istio-system/old', '01', { ...tls(443, 8443), exportTo: ['shop'] }),
      entry('tools/new', '02'),
      intent('web', [named('istio-system'), named('istio-system')]),
    ];
    expect(outcome(objects).said).toEqual([]);
  });
});

describe('a granted registration that lacks nothing, but is granted together with another one that is used', () => {
  const atAddress = { addresses: ['192.0.2.1'], resolution: 'STATIC', endpoints: [{ address: '192.0.2.1' }] };
  const tools = (spec: object): ClusterObject => entry('tools/partner', '02', { ...spec, ...atAddress });
  const both: readonly (readonly [string, object, readonly object[], string])[] = [
    ['ours for a host entry', tls(443), [host(HOST, 443), named('tools')], `shop/${HOST}`],
    ['ours with fewer ports', tls(443, 8443), [host(HOST, 8443), named('tools')], `shop/${HOST}`],
    [
      'one of another namespace',
      tls(443),
      [named('istio-system', 443), named('tools')],
      `istio-system/${HOST}`,
    ],
  ];

  test.each(both)('is told with the other one: %s', (title, spec, allow, used) => {
    const platform = title.startsWith('ours') ? [] : [entry('istio-system/partner', '03')];
    const objects = [tools(spec), ...platform, pod('other-0', { app: 'other' })];
    const { said, messages } = outcome([...objects, intent('web', allow)]);
    const index = said.indexOf('1 RegistrationReplaced tools/partner');
    expect(messages[index]).toContain(`these pods may also call ${used}`);
    expect(messages.join('\n')).not.toMatch(/ports? {2}| ports? with/);
    expect(outcome([...objects, intent('web', allow.slice(1))]).said).toEqual([]);
    const apart = outcome([...objects, intent('web', allow.slice(1)), intent('other', allow.slice(0, 1))]);
    expect(apart.said).toEqual([]);
  });
});

describe('a ServiceEntry of the own namespace, younger than the one that the controller wrote', () => {
  const managed = serviceEntry(
    'shop/egress-intent-api-partner-com',
    { hosts: [HOST], ...tls(443) },
    { ...MANAGED, ...created('01') },
  );
  const objects = [managed, entry('shop/by-hand', '02', tls(443, 8443)), entry('tools/partner', '03')];

  test('is told with that one, and used again as the message says', () => {
    const web = intent('web', [named('tools', 443)]);
    const { said, messages } = outcome([...objects, web, intent('batch', [host(HOST, 443)])]);
    expect(said).toContain('0 RegistrationReplaced shop/by-hand');
    expect(messages.join()).toContain('older ServiceEntry shop/egress-intent-api-partner-com');
    const remedied = outcome([...objects.slice(1), web, intent('batch', [named('shop', 443)])]);
    expect(remedied.said).toEqual(['0 RegistrationFollowed shop/by-hand']);
  });
});

const belowWildcard = (namespace: string): readonly ClusterObject[] => [
  entry(`${namespace}/exact`, '01'),
  intent('web', [named(namespace, 443), host('*.partner.com', 443)]),
  intent('batch', [host(HOST, 443, 8443)]),
];

describe('below a granted wildcard, what the controller registers for another intent', () => {
  test.each(['tools', 'istio-system'])('is excluded where Istio can: %s', (namespace) => {
    const { hosts, said } = outcome(belowWildcard(namespace));
    expect(hosts).toContain(`~shop/${HOST}`);
    expect(said.filter((each) => each.includes('RegistrationReplaced'))).toEqual([]);
  });

  test.each(['tools', 'istio-system'])(
    'replaces the granted one before that, which is told: %s',
    (namespace) => {
      const { hosts, said, messages } = outcome(belowWildcard(namespace), '1.30');
      expect(hosts.filter((each) => each.startsWith('~'))).toEqual([]);
      expect(said).toContain(`0 RegistrationReplaced ${namespace}/exact`);
      expect(messages[said.indexOf(`0 RegistrationReplaced ${namespace}/exact`)]).toContain('*.partner.com');
    },
  );

  test('does not replace it once that intent names the ServiceEntry, as the message says', () => {
    const [registered, web] = belowWildcard('tools');
    const remedied = [registered ?? {}, web ?? {}, intent('batch', [named('tools', 443)])];
    expect(outcome(remedied, '1.30').said).toEqual([]);
  });
});
