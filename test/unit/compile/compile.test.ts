// What the compiler makes of one namespace as a whole; the rules have their own tests.
import { expect, test } from 'vitest';
import { compile } from '../../../src/compile/compile.ts';
import { normalisedHost } from '../../../src/domain/network.ts';
import { created, service, serviceEntry, snapshotOf, webIntent } from '../../support/cluster-objects.ts';
import { intent } from '../../support/registered-hosts.ts';
import type { AllowEntry } from '../../../src/domain/egress-intent/intent.ts';

const host = (name: string): AllowEntry => ({
  kind: 'host',
  host: normalisedHost(name),
  ports: [{ port: 443, protocol: 'TLS' }],
});
const missing = (name: string): AllowEntry => ({ kind: 'service', namespace: 'pay', name });

test('a restricted scope gives a Sidecar, a scope of Audit intents only what would be written', () => {
  const audit = intent('audit', { mode: 'Audit' });
  const { sidecars, audited } = compile(snapshotOf([], { intents: [intent('web'), audit] }));
  expect(sidecars.map(({ scope }) => scope.selector)).toEqual([{ app: 'web' }]);
  expect(audited.map(({ scope }) => scope.selector)).toEqual([{ app: 'audit' }]);
});

test('a host is registered only for intents with a part in a restricted scope', () => {
  const web = intent('web', { allow: [host('a.example.com')] });
  const audit = intent('audit', { mode: 'Audit', allow: [host('a.example.com'), host('b.example.com')] });
  const { serviceEntries } = compile(snapshotOf([], { intents: [web, audit] }));
  expect(serviceEntries.map(({ spec, intents }) => [spec.hosts, intents.map(({ name }) => name)])).toEqual([
    [['a.example.com'], ['web']],
  ]);
});

test('diagnostics come by intent and entry, each once', () => {
  const web = intent('web', { allow: [missing('b'), missing('a')] });
  const api = intent('api', { allow: [missing('a')], ...created('02') });
  const { diagnostics } = compile(snapshotOf([service('pay/other', { http: 80 })], { intents: [web, api] }));
  expect(diagnostics).toMatchObject([
    { intent: 'api', entry: 0, service: 'pay/a' },
    { intent: 'web', entry: 0, service: 'pay/b' },
    { intent: 'web', entry: 1, service: 'pay/a' },
  ]);
});

test('every look-up is recorded, also of what does not exist', () => {
  const web = intent('web', { allow: [missing('a')] });
  const { lookups } = compile(snapshotOf([], { intents: [web] }));
  expect(lookups).toContain('Service/pay/a');
});

test('a registration that Istio does not use is not called followed', () => {
  const wildcard = { serviceEntry: { host: '*.ext.com', namespace: 'tools' }, ports: [{ port: 443 }] };
  const tls = { ports: [{ number: 443, name: 'tls', protocol: 'TLS' }] };
  const http = { ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] };
  const objects = [
    serviceEntry('tools/wild', { hosts: ['*.ext.com'], ...tls }, created('01')),
    serviceEntry('tools/part', { hosts: ['b.ext.com'], ...http }, created('01')),
    serviceEntry('istio-system/b', { hosts: ['b.ext.com'], ...tls }, created('02')),
    webIntent([wildcard, { host: 'b.ext.com', ports: [{ port: 443, protocol: 'TLS' }] }]),
  ];
  const codes = (istioVersion: string) =>
    compile(snapshotOf(objects, { istioVersion })).diagnostics.map(({ code }) => code);
  expect(codes('1.31')).toContain('RegistrationFollowed');
  expect(codes('1.31')).not.toContain('PortNotGranted');
  expect(codes('1.30')).toContain('PortNotGranted');
  expect(codes('1.30')).not.toContain('RegistrationFollowed');
});
