// What the compiler is shown of objects with the label `istio.io/rev`: every kind that istiod reads, and every question.
import { describe, expect, test } from 'vitest';
import { assemble } from '../../../src/cluster/assemble.ts';
import { clusterFromObjects } from '../../../src/cluster/from-objects.ts';
import { KINDS, WATCHED_KINDS, type WatchedKind } from '../../../src/cluster/kinds.ts';
import type { Snapshot } from '../../../src/cluster/snapshot.ts';
import { parentKey } from '../../../src/domain/kinds/gateway-route.ts';
import { contendersInPrecedence } from '../../../src/status/governing-sidecar.ts';
import { settingsWith } from '../../support/compiler.ts';
import { istiodPod } from '../../support/story.ts';

const HOST = 'a.example.com';
const PARENT = { kind: 'Service', namespace: 'red', name: 'api' } as const;
const ROUTE = { parentRefs: [{ group: '', ...PARENT }], rules: [] };

/** A spec of each kind that istiod reads by revision. */
const SPECS: Readonly<Partial<Record<WatchedKind, object>>> = {
  Sidecar: { egress: [{ hosts: ['*/*'] }] },
  ServiceEntry: { hosts: [HOST], ports: [] },
  VirtualService: { hosts: [HOST] },
  DestinationRule: { host: HOST },
  EnvoyFilter: {},
  Telemetry: {},
  AuthorizationPolicy: {},
  RequestAuthentication: {},
  HTTPRoute: ROUTE,
  GRPCRoute: ROUTE,
  TLSRoute: ROUTE,
  TCPRoute: ROUTE,
};
const READ_BY_REVISION = Object.keys(SPECS) as readonly WatchedKind[];

function snapshotOf(
  kind: WatchedKind,
  labels: Readonly<Record<string, string>>,
  revisions: readonly (string | undefined)[],
): Snapshot {
  const object = {
    apiVersion: KINDS[kind].apiVersion,
    kind,
    metadata: { name: 'one', namespace: 'red', labels },
    spec: SPECS[kind],
  };
  const state = clusterFromObjects([object, ...revisions.map(istiodPod)]);
  return assemble('red', state.objectsIn('red'), settingsWith());
}

/** The questions that find the object. */
function questionsFinding(snapshot: Snapshot): readonly string[] {
  const { cluster } = snapshot;
  const answers: Readonly<Record<string, readonly unknown[]>> = {
    serviceEntries: cluster.serviceEntries('red', HOST),
    serviceEntriesAnywhere: cluster.serviceEntriesAnywhere(HOST),
    serviceEntriesBelow: cluster.serviceEntriesBelow('*.example.com'),
    virtualServicesAnywhere: cluster.virtualServicesAnywhere(HOST),
    virtualServicesBelow: cluster.virtualServicesBelow('*.example.com'),
    gatewayRoutesOf: cluster.gatewayRoutesOf(parentKey(PARENT)),
    registrations: cluster.registrations('red').serviceEntries,
    ...cluster.istioConfig('red'),
    contenders: contendersInPrecedence(snapshot, [])({}),
  };
  return Object.keys(answers).filter((question) => answers[question]?.length !== 0);
}

/** Services, pods and namespaces are read by every istiod, and what is no part of Istio by none. */
const OTHER_GROUPS = /^(v1|apiextensions\.k8s\.io\/v1|egressintent\.io\/v1alpha1)$/;

test('every kind of Istio and of the Gateway API is tried', () => {
  const kinds = WATCHED_KINDS.filter((kind) => !OTHER_GROUPS.test(KINDS[kind].apiVersion));
  expect(new Set(READ_BY_REVISION)).toEqual(new Set(kinds));
});

describe.each(READ_BY_REVISION)('%s', (kind) => {
  const asIfAbsent = (revision: string, revisions: readonly (string | undefined)[]) =>
    questionsFinding(snapshotOf(kind, { 'istio.io/rev': revision }, revisions)).length === 0;

  test('is found without the label', () => {
    expect(questionsFinding(snapshotOf(kind, {}, ['default']))).not.toEqual([]);
    expect(questionsFinding(snapshotOf(kind, { 'istio.io/revision': 'nope' }, ['default']))).not.toEqual([]);
  });

  test.each([
    ['nope', ['default']],
    ['nope', ['default', 'canary']],
    ['', ['default']],
  ])('counts as absent with revision "%s" where istiods are %j', (revision, revisions) => {
    expect(asIfAbsent(revision, revisions)).toBe(true);
  });

  test.each([
    ['nope', []],
    ['nope', [undefined]],
    ['nope', ['default', undefined]],
    ['default', ['default']],
    ['canary', ['default', 'canary']],
  ])('is found with revision "%s" where istiods are %j', (revision, revisions) => {
    expect(asIfAbsent(revision, revisions)).toBe(false);
  });
});

test('a managed ServiceEntry is found, so that the label is taken off it', () => {
  const labels = { 'istio.io/rev': 'nope', 'app.kubernetes.io/managed-by': 'egress-intent' };
  const { cluster } = snapshotOf('ServiceEntry', labels, ['default']);
  expect(cluster.serviceEntries('red', HOST)).toHaveLength(1);
  expect(cluster.registrations('red').serviceEntries).toHaveLength(1);
});
