// The grants of one intent, and what is refused or only noted about its entries.
import { expect, test } from 'vitest';
import { resolveIntent } from '../../../../src/compile/grants/resolve.ts';
import { normalisedHost } from '../../../../src/domain/network.ts';
import { cidr, created, service, snapshotOf } from '../../../support/cluster-objects.ts';
import { intent, target } from '../../../support/registered-hosts.ts';

const HOST = normalisedHost('db.example.com');

test('each kind of entry is one grant with the index of the entry', () => {
  const web = intent('web', {
    allow: [
      { kind: 'namespace', namespace: 'pay' },
      { kind: 'service', namespace: 'pay', name: 'api' },
      { kind: 'host', host: HOST, ports: [{ port: 443, protocol: 'TLS' }] },
      { kind: 'cidr', cidr: cidr('203.0.113.7'), ports: [443] },
    ],
  });
  const { accepted, refused, notes } = resolveIntent(web, snapshotOf([service('pay/api', { http: 80 })]));
  expect(accepted.map(({ entry, targets }) => [entry, targets.map(({ host }) => host)])).toEqual([
    [0, ['pay/*']],
    [1, ['pay/api.pay.svc.cluster.local']],
    [2, ['shop/db.example.com']],
    [3, ['shop/tcp-443.ip-203-0-113-7.egress-intent.internal']],
  ]);
  expect([refused, notes]).toEqual([[], []]);
});

test('a refused entry does not affect the others', () => {
  const web = intent('web', {
    allow: [
      { kind: 'host', host: normalisedHost('api.pay.svc.cluster.local'), ports: [] },
      { kind: 'service', namespace: 'pay', name: 'api' },
    ],
  });
  const { accepted, refused, notes } = resolveIntent(web, snapshotOf([]));
  expect(accepted.map(({ entry, targets }) => [entry, targets.length])).toEqual([
    [0, 0],
    [1, 1],
  ]);
  expect(refused).toMatchObject([{ code: 'HostIsService', intent: 'web', entry: 0 }]);
  expect(notes).toMatchObject([{ code: 'ServiceNotFound', intent: 'web', entry: 1 }]);
});

test('a grant that another intent makes possible is as old as the younger of the two', () => {
  const web = intent('web', {
    ...created('02'),
    allow: [{ kind: 'host', host: HOST, ports: [{ port: 5432, protocol: 'TCP' }] }],
  });
  const grantedSince = (day: string) => {
    const namespaceDefault = intent('default', { selector: {}, ...created(day) });
    const { accepted } = resolveIntent(web, snapshotOf([], { intents: [web, namespaceDefault] }));
    return accepted.map(({ grantedSince: since, targets }) => [since.name, targets]);
  };
  const targets = [target(`shop/${HOST}`, [5432])];
  expect(grantedSince('03')).toEqual([
    ['web', []],
    ['default', targets],
  ]);
  expect(grantedSince('01')).toEqual([
    ['web', []],
    ['web', targets],
  ]);
});
