// The hosts that proxies call themselves, and that a Sidecar must therefore list for some pods.
import { describe, expect, test } from 'vitest';
import { platformHostsFor } from '../../../../src/compile/mesh/platform-hosts.ts';
import { scopesOf } from '../../../../src/compile/scopes.ts';
import {
  authorizationPolicy,
  meshConfig,
  requestAuthentication,
  serviceEntry,
  snapshotOf,
  telemetry,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';
import { intent } from '../../../support/registered-hosts.ts';

const COLLECTOR = 'collector.tracing.svc.cluster.local';
const PROVIDERS = `
extensionProviders:
  - { name: traces, opentelemetry: { service: ${COLLECTOR}, port: 4317 } }
  - { name: authz, envoyExtAuthzGrpc: { service: blue/authz.example.com, port: 9000 } }
  - { name: logs, envoyFileAccessLog: { path: /dev/stdout } }`;

/** Host and reason for the pods with label `app: web`. */
function hostsFor(objects: readonly ClusterObject[], settings: Parameters<typeof snapshotOf>[1] = {}) {
  const [scope] = scopesOf([intent('web')], []);
  if (scope === undefined) throw new Error('an intent without a scope');
  return platformHostsFor(snapshotOf(objects, settings))(scope).map(
    ({ host, reason }) => `${host}: ${reason}`,
  );
}

const uses = (provider: string, selector: object = {}) => ({
  selector,
  tracing: [{ providers: [{ name: provider }] }],
});

describe('the service of a provider is listed', () => {
  const EXPECTED = [`tracing/${COLLECTOR}: Telemetry shop/t (provider traces)`];

  test.each([
    ['if a Telemetry of the namespace uses it', telemetry('shop/t', uses('traces')), EXPECTED],
    [
      'if a Telemetry of the root namespace uses it',
      telemetry('istio-system/t', uses('traces')),
      [`tracing/${COLLECTOR}: Telemetry istio-system/t (provider traces)`],
    ],
    [
      'if the Telemetry selects pods of the scope',
      telemetry('shop/t', uses('traces', { matchLabels: { app: 'web' } })),
      EXPECTED,
    ],
    [
      'but not if it selects other pods only',
      telemetry('shop/t', uses('traces', { matchLabels: { app: 'api' } })),
      [],
    ],
    ['but not for a Telemetry of another namespace', telemetry('blue/t', uses('traces')), []],
    ['but not for a provider that calls no service', telemetry('shop/t', uses('logs')), []],
    ['but not for a provider that MeshConfig lacks', telemetry('shop/t', uses('unknown')), []],
    [
      'if an AuthorizationPolicy with action CUSTOM uses it',
      authorizationPolicy('shop/a', { action: 'CUSTOM', provider: { name: 'authz' } }),
      ['blue/authz.example.com: AuthorizationPolicy shop/a (provider authz)'],
    ],
    [
      'but not for another action',
      authorizationPolicy('shop/a', { action: 'DENY', provider: { name: 'authz' } }),
      [],
    ],
  ])('%s', (_title, policy, expected) => {
    expect(hostsFor([meshConfig(PROVIDERS), policy])).toEqual(expected);
  });

  test('if it is a default provider of the mesh', () => {
    expect(hostsFor([meshConfig(`${PROVIDERS}\ndefaultProviders: { tracing: [traces] }`)])).toEqual([
      `tracing/${COLLECTOR}: ConfigMap istio-system/istio (provider traces)`,
    ]);
  });

  test('once, with every reason', () => {
    const [first, second] = [telemetry('shop/a', uses('traces')), telemetry('shop/b', uses('traces'))];
    expect(hostsFor([meshConfig(PROVIDERS), second, first])).toEqual([
      `tracing/${COLLECTOR}: Telemetry shop/a (provider traces), Telemetry shop/b (provider traces)`,
    ]);
  });

  test('in each form that a revision of the mesh gives it', () => {
    const canary = 'extensionProviders: [{ name: traces, zipkin: { service: blue/zipkin.example.com } }]';
    expect(
      hostsFor([
        meshConfig(PROVIDERS),
        meshConfig(canary, 'istio-canary'),
        telemetry('shop/t', uses('traces')),
      ]),
    ).toEqual(['blue/zipkin.example.com: Telemetry shop/t (provider traces)', ...EXPECTED]);
  });
});

describe('the host with the keys of JWTs', () => {
  const jwksUri = 'https://keys.example.com:8443/jwks';
  const policy = requestAuthentication('istio-system/jwt', { jwtRules: [{ jwksUri }] });

  test('is listed only if proxies fetch the keys themselves', () => {
    expect(hostsFor([policy])).toEqual([]);
    expect(hostsFor([policy], { remoteJwks: true })).toEqual([
      'istio-system/keys.example.com: RequestAuthentication istio-system/jwt',
    ]);
  });

  test('is listed under the namespace that registers it', () => {
    const entry = serviceEntry('shop/keys', { hosts: ['keys.example.com'] });
    expect(hostsFor([policy, entry], { remoteJwks: true })).toEqual([
      'shop/keys.example.com: RequestAuthentication istio-system/jwt',
    ]);
  });

  test('is not listed for a policy outside the root namespaces: any tenant can write one', () => {
    const tenant = requestAuthentication('shop/jwt', { jwtRules: [{ jwksUri }] });
    expect(hostsFor([tenant], { remoteJwks: true })).toEqual([]);
  });

  test.each([
    ['https://keys.example.com/jwks', [443]],
    ['http://keys.example.com/jwks', [80]],
    ['https://keys.example.com:8443/jwks', [8443]],
    ['http://keys.example.com:80/', [80]],
  ])('is listed on the port of %s only', (uri, ports) => {
    const from = requestAuthentication('istio-system/jwt', { jwtRules: [{ jwksUri: uri }] });
    const [scope] = scopesOf([intent('web')], []);
    if (scope === undefined) throw new Error('an intent without a scope');
    const listed = platformHostsFor(snapshotOf([from], { remoteJwks: true }))(scope);
    expect(listed.map((host) => host.ports)).toEqual([ports]);
  });
});

test.each(['zipkin', '192.0.2.1', '*-api.example.com', 'a_b.example.com', 'blue/zipkin', '2001:db8::1'])(
  'what a Sidecar may not say is not listed: %s',
  (service) => {
    const providers = `extensionProviders: [{ name: traces, zipkin: { service: "${service}" } }]`;
    expect(hostsFor([meshConfig(providers), telemetry('shop/t', uses('traces'))])).toEqual([]);
  },
);
