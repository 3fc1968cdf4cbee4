// Which differences of a live object are written anew: those of our fields, not what others added.
import { expect, test } from 'vitest';
import { INTENTS } from '../../../src/domain/kinds/live-object.ts';
import { ANALYZE_SUPPRESS, PLATFORM_HOSTS, unmanaged } from '../../../src/plan/manifests.ts';
import { compiled, liveObject } from '../../support/compiler.ts';
import type { Manifest } from '../../../src/domain/kinds/manifest.ts';

const INTENT = {
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'shop', uid: 'uid-web', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { allow: [{ host: 'db.example.com', ports: [{ port: 5432, protocol: 'TCP' }] }] },
};
const { manifests } = compiled([INTENT], 'shop');

type Annotations = Manifest['metadata']['annotations'];

/** The kinds of the objects that are written anew once each exists with edited annotations. */
function rewritten(edit: (written: Annotations) => Annotations): readonly string[] {
  const edited = manifests.map((manifest) => {
    const annotations = edit(manifest.metadata.annotations);
    const { annotations: _replaced, ...metadata } = manifest.metadata;
    return { ...manifest, metadata: { ...metadata, ...(annotations && { annotations }) } };
  });
  const { plan } = compiled([INTENT, ...edited.map((manifest) => liveObject(manifest))], 'shop');
  return plan.phases.flat().map(({ id }) => id.split('/')[0] ?? '');
}

const BY_WEB = { [INTENTS]: 'web/uid-web' };

test('a TCP host without an address suppresses the message of istioctl analyze about it', () => {
  expect(manifests.map(({ kind, metadata }) => [kind, metadata.annotations])).toEqual([
    ['ServiceEntry', { ...BY_WEB, [ANALYZE_SUPPRESS]: 'IST0134' }],
    ['Sidecar', BY_WEB],
  ]);
});

test('writes an annotation of ours anew that was removed or changed', () => {
  expect(rewritten(() => undefined)).toEqual(['ServiceEntry', 'Sidecar']);
  expect(rewritten((written) => ({ ...written, [INTENTS]: 'other' }))).toEqual(['ServiceEntry', 'Sidecar']);
  expect(rewritten((written) => ({ ...written, [ANALYZE_SUPPRESS]: '*' }))).toEqual(['ServiceEntry']);
  expect(rewritten((written) => ({ ...written, [PLATFORM_HOSTS]: 'everything' }))).toEqual([
    'ServiceEntry',
    'Sidecar',
  ]);
});

test('ignores annotations that others added', () => {
  expect(rewritten((written) => ({ note: 'x', ...written }))).toEqual([]);
  expect(rewritten((written) => ({ [ANALYZE_SUPPRESS]: 'IST0110', ...written }))).toEqual([]);
});

type Extra = {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly object[];
};

const withMetadata = (extra: Extra) => (manifest: Manifest) => {
  const labels = { ...manifest.metadata.labels, ...extra.labels };
  return liveObject({ ...manifest, metadata: { ...manifest.metadata, ...extra, labels } });
};

test.each<readonly [string, Extra]>([
  ['another revision', { labels: { 'istio.io/rev': 'nope' } }],
  ['a tag', { labels: { 'istio.io/rev': 'stable' } }],
  ['no address allocation', { labels: { 'networking.istio.io/enable-autoallocate-ip': 'false' } }],
  ['a waypoint', { labels: { 'istio.io/use-waypoint': 'w' } }],
  [
    'an intent as owner',
    {
      ownerReferences: [
        { apiVersion: 'egressintent.io/v1alpha1', kind: 'EgressIntent', name: 'web', uid: 'u' },
      ],
    },
  ],
])('writes an object anew that has %s', (_what, extra) => {
  const { plan } = compiled([INTENT, ...manifests.map(withMetadata(extra))], 'shop');
  expect(plan.phases.flat().map(({ kind }) => kind)).toEqual(['apply', 'apply']);
});

test.each<readonly [string, Extra]>([
  ['a label of another tool', { labels: { team: 'a', 'example.com/istio.io': 'x', 'notistio.io/rev': 'x' } }],
  ['another owner', { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' }] }],
])('leaves an object alone that has %s', (_what, extra) => {
  const { plan } = compiled([INTENT, ...manifests.map(withMetadata(extra))], 'shop');
  expect(plan.phases).toEqual([]);
});

test('an object by which no controller knows that it manages it has neither our label nor the intents', () => {
  expect(
    manifests.map(unmanaged).map(({ metadata: { labels, annotations } }) => [labels, annotations]),
  ).toEqual([
    [undefined, { [ANALYZE_SUPPRESS]: 'IST0134' }],
    [undefined, undefined],
  ]);
});
