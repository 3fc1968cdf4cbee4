// Whether an object that stands is as it should be: what is ours counts, what others added to it does not.
import { expect, test } from 'vitest';
import { ANALYZE_SUPPRESS, PLATFORM_HOSTS } from '../../../src/plan/manifests.ts';
import { compiled, standing } from '../../support/compiler.ts';
import type { Manifest } from '../../../src/domain/kinds/manifest.ts';

const INTENT = {
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name: 'web', namespace: 'shop', uid: 'uid-web', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { allow: [{ host: 'db.example.com', ports: [{ port: 5432, protocol: 'TCP' }] }] },
};
const { manifests } = compiled([INTENT], 'shop');

type Annotations = Manifest['metadata']['annotations'];

/** What is written anew once each object stands, with these annotations in place of its own. */
function mended(edit: (own: Annotations) => Annotations): readonly string[] {
  const edited = manifests.map((manifest) => {
    const annotations = edit(manifest.metadata.annotations);
    const { annotations: _own, ...metadata } = manifest.metadata;
    return { ...manifest, metadata: { ...metadata, ...(annotations && { annotations }) } };
  });
  const { plan } = compiled([INTENT, ...edited.map((manifest) => standing(manifest))], 'shop');
  return plan.phases.flat().map(({ id }) => id.split('/')[0] ?? '');
}

test('a TCP host without an address tells the analyzers of Istio that it is meant so', () => {
  expect(manifests.map(({ kind, metadata }) => [kind, metadata.annotations])).toEqual([
    ['ServiceEntry', { [ANALYZE_SUPPRESS]: 'IST0134' }],
    ['Sidecar', undefined],
  ]);
});

test('an annotation of ours that is gone or changed is written anew', () => {
  expect(mended(() => undefined)).toEqual(['ServiceEntry']);
  expect(mended((own) => own && { [ANALYZE_SUPPRESS]: '*' })).toEqual(['ServiceEntry']);
  expect(mended((own) => ({ ...own, [PLATFORM_HOSTS]: 'everything' }))).toEqual(['ServiceEntry', 'Sidecar']);
});

test('what others note on our objects is left alone', () => {
  expect(mended((own) => ({ note: 'x', ...own }))).toEqual([]);
  expect(mended((own) => own ?? { [ANALYZE_SUPPRESS]: 'IST0110' })).toEqual([]);
});
