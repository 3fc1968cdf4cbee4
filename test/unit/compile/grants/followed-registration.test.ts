// Which of several ServiceEntries for a granted host is used: the one that answers without intents, if its owner is followed.
import { describe, expect, test } from 'vitest';
import { resolveIntent } from '../../../../src/compile/grants/resolve.ts';
import type { AllowEntry } from '../../../../src/domain/egress-intent/intent.ts';
import { normalisedHost } from '../../../../src/domain/network.ts';
import { created, serviceEntry, snapshotOf, type ClusterObject } from '../../../support/cluster-objects.ts';
import { intent } from '../../../support/registered-hosts.ts';

const HOST = normalisedHost('www.example.com');
const TLS = { port: 443, protocol: 'TLS' } as const;
const TWO_PORTS = {
  ports: [
    { number: 443, name: 'tls', protocol: 'TLS' },
    { number: 8443, name: 'tls-2', protocol: 'TLS' },
  ],
};
const entry = (name: string, day = '01', spec: object = {}) =>
  serviceEntry(name, { hosts: [HOST], ...spec }, created(day));

/** The hosts that an entry lists, whether it registers one, and what is said. */
function resolved(
  allow: AllowEntry,
  objects: readonly ClusterObject[],
  trustedNamespaces: readonly string[] = [],
) {
  const granting = { ...intent('app'), allow: [allow] };
  const snapshot = snapshotOf(objects, { intents: [granting], trustedNamespaces });
  const { accepted, refused, notes } = resolveIntent(granting, snapshot);
  return {
    targets: accepted.flatMap(({ targets }) => targets.map(({ host, ports }) => `${host}:${String(ports)}`)),
    registers: accepted.some(({ externals }) => externals.length > 0),
    codes: [...refused, ...notes].map(({ code }) => code),
  };
}

const host = (ports: Extract<AllowEntry, { kind: 'host' }>['ports'] = [TLS], name = HOST): AllowEntry => ({
  kind: 'host',
  host: name,
  ports,
});

describe('a host is reached through the ServiceEntry', () => {
  test.each([
    ['of a root namespace', 'istio-system', []],
    ['of a trusted namespace', 'tools', ['tools']],
  ])('%s', (_title, namespace, trusted) => {
    expect(resolved(host(), [entry(`${namespace}/partner`)], trusted)).toEqual({
      targets: [`${namespace}/${HOST}:443`],
      registers: false,
      codes: ['RegistrationFollowed'],
    });
  });

  test('that says HTTPS for TLS', () => {
    const ports = [{ number: 443, name: 'https', protocol: 'HTTPS' }];
    expect(resolved(host(), [entry('istio-system/partner', '01', { ports })]).registers).toBe(false);
  });

  test.each([
    ['the oldest of several', 'istio-system', [entry('istio-system/a', '01'), entry('tools/b', '02')]],
    [
      'before any older one, that is exported to some namespaces only',
      'tools',
      [entry('istio-system/a', '01'), entry('tools/b', '02', { exportTo: ['shop'] })],
    ],
  ])('%s', (_title, namespace, objects) => {
    expect(resolved(host(), objects, ['tools']).targets).toEqual([`${namespace}/${HOST}:443`]);
  });
});

describe('a host gets a ServiceEntry of its own', () => {
  test('if another one is in a namespace that is not followed', () => {
    expect(resolved(host(), [entry('tools/partner')])).toEqual({
      targets: [`shop/${HOST}:443`],
      registers: true,
      codes: ['RegistrationNotFollowed'],
    });
  });

  test.each([
    ['lacks a granted port', [TLS, { port: 8443, protocol: 'TLS' }], {}],
    ['has a port with another protocol', [{ port: 443, protocol: 'HTTP' }], {}],
  ] as const)('if the one of the platform %s', (_title, ports, spec) => {
    expect(resolved(host(ports), [entry('istio-system/partner', '01', spec)])).toMatchObject({
      registers: true,
      codes: ['RegistrationReplaced'],
    });
  });

  test('if the platform registers a wildcard above it only, and that is told', () => {
    const wild = entry('istio-system/wild', '01', { hosts: ['*.example.com'] });
    expect(resolved(host(), [wild])).toMatchObject({ registers: true, codes: ['RegistrationReplaced'] });
    const other = host([{ port: 8443, protocol: 'TLS' }]);
    expect(resolved(other, [wild])).toMatchObject({ registers: true, codes: [] });
  });

  test.each(['*-api.example.com', '*api.example.com', '*pi.example.com', '*le.com', '*om'])(
    'if the platform registers %s above it only, which no Sidecar may list, and that is told',
    (wildcard) => {
      const wild = entry('istio-system/wild', '01', { hosts: ['other.example.com', wildcard] });
      const wider = entry('istio-system/wider', '01', { hosts: ['*.com'] });
      const name = normalisedHost('x-api.example.com');
      const { codes } = resolved(host([TLS], name), [wild, wider]);
      expect(codes).toEqual(['RegistrationReplaced']);
      expect(resolved(host([TLS], normalisedHost('x-other.example.org')), [wild]).codes).toEqual([]);
    },
  );

  test('if wildcards above it answer on its ports, of which each is told with its own', () => {
    const narrow = entry('istio-system/narrow', '01', { hosts: ['*-api.example.com'] });
    const wide = entry('istio-system/wide', '01', { hosts: ['*.example.com'], ...TWO_PORTS });
    const ports = [TLS, { port: 8443, protocol: 'TLS' }] as const;
    const { codes } = resolved(host(ports, normalisedHost('x-api.example.com')), [narrow, wide]);
    expect(codes).toEqual(['RegistrationReplaced', 'RegistrationReplaced']);
  });

  test('if the namespace cannot see the one of the platform', () => {
    const hidden = entry('istio-system/partner', '01', { exportTo: ['other'] });
    expect(resolved(host(), [hidden])).toMatchObject({ registers: true, codes: [] });
  });
});

test('a wildcard also grants the hosts below it that the platform registers, on the ports of both', () => {
  const wildcard = normalisedHost('*.example.com');
  expect(resolved(host([TLS], wildcard), [entry('istio-system/partner', '01', TWO_PORTS)])).toEqual({
    targets: [`shop/${wildcard}:443`, `istio-system/${HOST}:443`],
    registers: true,
    codes: ['RegistrationFollowed'],
  });
});

test.each(['*-api.example.com', '*api.example.com', 'my_db.example.com', `${'a'.repeat(64)}.example.com`])(
  'below a wildcard %s is told as replaced, for no Sidecar may list it',
  (name) => {
    const wildcard = normalisedHost('*.example.com');
    const objects = [entry('istio-system/partner', '01', { hosts: [name] })];
    expect(resolved(host([TLS], wildcard), objects)).toEqual({
      targets: [`shop/${wildcard}:443`],
      registers: true,
      codes: ['RegistrationReplaced'],
    });
    const both = [entry('istio-system/partner', '01', { hosts: [name, wildcard] })];
    expect(resolved(host([TLS], wildcard), both)).toEqual({
      targets: [`istio-system/${wildcard}:443`],
      registers: false,
      codes: ['RegistrationFollowed'],
    });
  },
);

describe('an entry that names the ServiceEntry of another namespace', () => {
  const named: AllowEntry = { kind: 'serviceEntry', namespace: 'entries', host: HOST };

  test.each([
    ['uses the older one of the platform', 'istio-system', entry('istio-system/partner', '01')],
    ['uses the one of its own namespace, whatever its age', 'shop', entry('shop/own', '09')],
  ])('%s', (_title, namespace, other) => {
    expect(resolved(named, [entry('entries/named', '05'), other])).toMatchObject({
      targets: [`${namespace}/${HOST}:443`],
      codes: ['RegistrationFollowed'],
    });
  });

  test('keeps it where the other lacks a port', () => {
    const objects = [entry('entries/named', '05', TWO_PORTS), entry('istio-system/partner', '01')];
    expect(resolved(named, objects)).toMatchObject({
      targets: [`entries/${HOST}:every`],
      codes: ['RegistrationReplaced'],
    });
  });

  test('keeps it where the other is younger, or nobody that is followed', () => {
    const objects = [entry('entries/named', '02'), entry('istio-system/b', '03'), entry('tools/c', '01')];
    expect(resolved(named, objects).targets).toEqual([`entries/${HOST}:every`]);
  });
});

test('a namespace entry uses the older registration of the platform for a host of the namespace', () => {
  const objects = [entry('entries/named', '05'), entry('istio-system/partner', '01')];
  expect(resolved({ kind: 'namespace', namespace: 'entries' }, objects)).toMatchObject({
    targets: ['entries/*:every', `istio-system/${HOST}:443`],
    codes: ['RegistrationFollowed'],
  });
});
