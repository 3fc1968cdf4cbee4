// What an entry grants that names a Service of type ExternalName.
import { expect, test } from 'vitest';
import { resolveService } from '../../../../src/compile/grants/from-service.ts';
import { externalName, service, snapshotOf, type ClusterObject } from '../../../support/cluster-objects.ts';
import { target } from '../../../support/registered-hosts.ts';

const API = 'api.pay.svc.cluster.local';
const ALIAS = 'alias.shop.svc.cluster.local';

const resolved = (...objects: readonly ClusterObject[]) =>
  resolveService({ kind: 'service', namespace: 'shop', name: 'alias', ports: [80] }, snapshotOf(objects));

test('the target is granted, under the name of the Service too', () => {
  expect(resolved(externalName('shop/alias', API), service('pay/api', { http: 80 }))).toEqual({
    targets: [target(`pay/${API}`, [80], [`pay/${ALIAS}`])],
    diagnostics: [],
  });
});

test('a chain of ExternalName Services grants its end, under every name of the chain', () => {
  const second = 'second.shop.svc.cluster.local';
  const chain = [externalName('shop/alias', second), externalName('shop/second', API)];
  expect(resolved(...chain, service('pay/api', { http: 80 })).targets).toEqual([
    target(`pay/${API}`, [80], [`pay/${ALIAS}`, `pay/${second}`]),
  ]);
});

test('a target outside the mesh gets the further name, but no port', () => {
  expect(resolved(externalName('shop/alias', 'www.example.com'))).toEqual({
    targets: [target('shop/www.example.com', [], [`shop/${ALIAS}`])],
    diagnostics: [
      { code: 'ExternalNameOutsideMesh', service: 'shop/alias', host: 'www.example.com', grantedBy: 'host' },
    ],
  });
});

test.each([API, 'www.example.com'])(
  'nothing is granted if the target is %s with a dot at its end',
  (name) => {
    expect(resolved(externalName('shop/alias', `${name}.`), service('pay/api', { http: 80 }))).toEqual({
      diagnostics: [
        { code: 'ExternalNameOutsideMesh', service: 'shop/alias', host: `${name}.`, dotted: true },
      ],
    });
  },
);

test('nothing is granted if the target does not exist', () => {
  expect(resolved(externalName('shop/alias', API))).toEqual({
    diagnostics: [{ code: 'ServiceNotFound', service: 'pay/api', alias: 'shop/alias' }],
  });
});

test('nothing is granted if the chain is a loop', () => {
  expect(resolved(externalName('shop/alias', ALIAS))).toEqual({
    diagnostics: [{ code: 'ExternalNameLoop', service: 'shop/alias' }],
  });
});

test('a port that the target lacks is reported under the name of the Service', () => {
  expect(resolved(externalName('shop/alias', API), service('pay/api', { http: 8080 })).diagnostics).toEqual([
    { code: 'PortNotFound', destination: 'shop/alias', ports: [80] },
  ]);
});
