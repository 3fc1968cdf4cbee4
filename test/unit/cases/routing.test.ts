// Cases of routes and registrations that an intent must not change. Each stands for its kind, so each has variants.
import { describe, expect, test } from 'vitest';
import { outcomeOf, type Edits } from '../../support/case-outcome.ts';

describe('14-egress-gateway-other-ns: the egress gateway of the platform still carries the host', () => {
  test.each([
    ['as it is', []],
    [
      'variant: a port limit',
      [['- host: api.example.com', '- host: api.example.com\n      ports: [{ port: 443 }]']],
    ],
    [
      'variant: without a ServiceEntry of its own',
      [['hosts: [api.example.com]\n  ports:', 'hosts: [other.example.com]\n  ports:']],
    ],
    [
      'variant: the gateways of the VirtualService are all sidecars',
      [['gateways: [mesh, egress]', 'gateways: [mesh]']],
    ],
  ] satisfies readonly (readonly [string, Edits])[])('%s', (_what, edits) => {
    const { hosts, codes } = outcomeOf('14-egress-gateway-other-ns', edits);
    expect(hosts).toContain('istio-system/api.example.com');
    expect(codes).not.toContain('0 RouteNotFollowed');
  });
});

describe('70-routes-no-longer-followed: gateway, canary and timeout stay', () => {
  test.each([
    ['as it is', []],
    [
      'variant: a limited entry',
      [
        [
          '{ name: api, namespace: blue }\n---',
          '{ name: api, namespace: blue }\n      ports: [{ port: 80 }]\n---',
        ],
      ],
    ],
    [
      'variant: a wildcard VirtualService',
      [['hosts: [api.blue.svc.cluster.local]', 'hosts: ["*.blue.svc.cluster.local"]']],
    ],
    ['variant: no gateways named', [['  gateways: [mesh]\n', '']]],
  ] satisfies readonly (readonly [string, Edits])[])('%s', (_what, edits) => {
    const { hosts, codes } = outcomeOf('70-routes-no-longer-followed', edits);
    expect(hosts).toEqual(
      expect.arrayContaining(['istio-system/www.google.com', 'red/api.blue.svc.cluster.local']),
    );
    expect(codes).toEqual(expect.arrayContaining(['0 RouteFollowed', '1 RouteFollowed']));
  });

  test('variant: the routes of a namespace that is not followed are told', () => {
    const { hosts, codes } = outcomeOf('70-routes-no-longer-followed', [
      ['{ name: api-canary, namespace: red }', '{ name: api-canary, namespace: tools }'],
    ]);
    expect(hosts).not.toContain('tools/api.blue.svc.cluster.local');
    expect(codes).toContain('1 RouteNotFollowed');
  });
});

describe('71-host-registered-elsewhere: the ServiceEntry of the platform stays in use', () => {
  test.each([
    ['as it is', []],
    ['variant: HTTP2', [['name: http, protocol: HTTP,', 'name: http2, protocol: HTTP2,']]],
    [
      'variant: a further port',
      [['targetPort: 443 }]', 'targetPort: 443 }, { number: 443, name: tls, protocol: TLS }]']],
    ],
    [
      'variant: a further host',
      [['hosts: [api.partner.com]', 'hosts: [api.partner.com, admin.partner.com]']],
    ],
  ] satisfies readonly (readonly [string, Edits])[])('%s', (_what, edits) => {
    const { hosts, codes } = outcomeOf('71-host-registered-elsewhere', edits);
    expect(hosts).toContain('istio-system/api.partner.com');
    expect(hosts).not.toContain('red/api.partner.com');
    expect(codes).toEqual(['0 RegistrationFollowed']);
  });
});

describe('20-vs-only-host: a host that only a VirtualService knows can be granted', () => {
  test.each([
    ['as it is', [], []],
    [
      'variant: on port 80',
      [['namespace: ns3 }\n---', 'namespace: ns3 }\n      ports: [{ port: 80 }]\n---']],
      [],
    ],
    ['variant: by a wildcard', [['hosts: [foo-bar.example.com]', 'hosts: ["*.example.com"]']], []],
    [
      'variant: an end that is not granted is told',
      [['service: { name: bar, namespace: ns2 }', 'service: { name: foo, namespace: ns1 }']],
      ['2 RouteFollowed'],
    ],
    [
      'variant: no VirtualService either',
      [['hosts: [foo-bar.example.com]', 'hosts: [other.example.com]']],
      ['2 ServiceEntryNotFound'],
    ],
  ] satisfies readonly (readonly [string, Edits, readonly string[]])[])('%s', (_what, edits, codes) => {
    const outcome = outcomeOf('20-vs-only-host', edits, 'ns4');
    expect(outcome.hosts).toContain('ns3/foo-bar.example.com');
    expect(outcome.codes).toEqual(codes);
  });
});
