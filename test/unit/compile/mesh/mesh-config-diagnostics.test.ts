// What MeshConfig does to every intent of a namespace.
import { describe, expect, test } from 'vitest';
import { compile } from '../../../../src/compile/compile.ts';
import {
  meshConfig,
  serviceEntry,
  snapshotOf,
  type ClusterObject,
} from '../../../support/cluster-objects.ts';

const shop: ClusterObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { team: 'shop' } },
};
const pay: ClusterObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'pay', labels: { team: 'pay' } },
};
const intent = (...allow: readonly object[]): ClusterObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { allow },
});
const hides = (team: string, visibility = 'NONE') =>
  meshConfig(
    JSON.stringify({
      serviceEntryVisibility: {
        applyToSidecars: true,
        policies: [{ visibility, matchingRules: [{ namespaceSelector: { matchLabels: { team } } }] }],
      },
    }),
  );
const codes = (objects: readonly ClusterObject[], istioVersion = '1.31') =>
  compile(snapshotOf(objects, { istioVersion })).diagnostics.map(
    ({ code, entry }) => `${entry ?? ''} ${code}`,
  );

const HOST = { host: 'www.example.com' };
const CIDR = { cidr: '203.0.113.0/24', ports: [{ port: 443 }] };
const REGISTERED = { serviceEntry: { host: 'api.example.com', namespace: 'pay' } };
const entry = serviceEntry('pay/api', { hosts: ['api.example.com'] });

describe('serviceEntryVisibility that hides the ServiceEntries', () => {
  test('of the namespace is told about each entry that needs one of ours', () => {
    const objects = [shop, pay, entry, intent(HOST, CIDR, REGISTERED), hides('shop')];
    expect(codes(objects)).toEqual(['0 ServiceEntriesHidden', '1 ServiceEntriesHidden']);
  });

  test.each([['NAMESPACE'], ['PUBLIC']])('from nobody in the namespace (%s) says nothing', (visibility) => {
    expect(codes([shop, intent(HOST, CIDR), hides('shop', visibility)])).toEqual([]);
  });

  test.each([['NONE'], ['NAMESPACE']])(
    'of another namespace (%s) makes its entries not exported',
    (visibility) => {
      expect(codes([shop, pay, entry, intent(HOST, REGISTERED), hides('pay', visibility)])).toEqual([
        '1 ServiceEntryNotExported',
      ]);
    },
  );

  test('does nothing before Istio 1.31, nor where the labels of the namespace are not known', () => {
    expect(codes([shop, pay, entry, intent(HOST, REGISTERED), hides('shop')], '1.30')).toEqual([]);
    expect(codes([shop, pay, entry, intent(HOST, REGISTERED), hides('pay')], '1.30')).toEqual([]);
    expect(codes([entry, intent(HOST, REGISTERED), hides('pay'), hides('shop')])).toEqual([]);
  });
});

test('a MeshConfig that cannot be read is told to each intent', () => {
  const second = { ...intent(HOST), metadata: { name: 'api', namespace: 'shop' } };
  const { diagnostics } = compile(snapshotOf([intent(HOST), second, meshConfig('rootNamespace: [a]')]));
  expect(diagnostics).toMatchObject([
    { code: 'MeshConfigUnreadable', intent: 'api', configMap: 'istio-system/istio', isKnown: false },
    { code: 'MeshConfigUnreadable', intent: 'web' },
  ]);
});
