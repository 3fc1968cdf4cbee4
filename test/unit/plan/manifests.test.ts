// Which differences of a live object are written anew: those of our fields, not what others added.
import { expect, test } from 'vitest';
import { ANALYZE_SUPPRESS, PLATFORM_HOSTS } from '../../../src/plan/manifests.ts';
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

test('a TCP host without an address suppresses the message of istioctl analyze about it', () => {
  expect(manifests.map(({ kind, metadata }) => [kind, metadata.annotations])).toEqual([
    ['ServiceEntry', { [ANALYZE_SUPPRESS]: 'IST0134' }],
    ['Sidecar', undefined],
  ]);
});

test('writes an annotation of ours anew that was removed or changed', () => {
  expect(rewritten(() => undefined)).toEqual(['ServiceEntry']);
  expect(rewritten((written) => written && { [ANALYZE_SUPPRESS]: '*' })).toEqual(['ServiceEntry']);
  expect(rewritten((written) => ({ ...written, [PLATFORM_HOSTS]: 'everything' }))).toEqual([
    'ServiceEntry',
    'Sidecar',
  ]);
});

test('ignores annotations that others added', () => {
  expect(rewritten((written) => ({ note: 'x', ...written }))).toEqual([]);
  expect(rewritten((written) => written ?? { [ANALYZE_SUPPRESS]: 'IST0110' })).toEqual([]);
});
