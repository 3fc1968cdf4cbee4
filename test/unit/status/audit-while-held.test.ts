// An intent goes to mode Audit while what it had written is held: its status says that pods are still restricted, by what, and why.
import { expect, test } from 'vitest';
import { planWrites } from '../../../src/plan/plan.ts';
import { RELEASED, type Brakes } from '../../../src/plan/brakes/brakes.ts';
import type { Manifest } from '../../../src/domain/kinds/manifest.ts';
import { statusesFor } from '../../../src/status/status.ts';
import { compiled, liveObject, NOON } from '../../support/compiler.ts';
import { created, type ClusterObject } from '../../support/cluster-objects.ts';

const PAUSED = { annotations: { 'egressintent.io/paused': 'true' } };

const intent = (name: string, mode: string, metadata: object = {}): ClusterObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, ...created('05'), ...metadata },
  spec: { mode, workloadSelector: { matchLabels: { app: 'web' } }, allow: [{ namespace: { name: 'shop' } }] },
});

const namespace = (metadata: object = {}): ClusterObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', ...metadata },
});

const written = (objects: readonly ClusterObject[]): readonly Manifest[] =>
  compiled(objects, 'shop').manifests;
const live = (manifests: readonly Manifest[]): readonly object[] =>
  manifests.map((manifest) => liveObject(manifest));

/** What stands after both intents were in mode Enforce. */
const STANDING = written([namespace(), intent('web', 'Enforce'), intent('more', 'Enforce')]);
const SIDECAR = STANDING.map(({ metadata }) => metadata.name).join();

/** What the intent `web` says after it went to mode Audit. */
function programmed(objects: readonly ClusterObject[], brakes: Brakes = RELEASED) {
  const { snapshot, compilation } = compiled([...objects, ...live(STANDING)], 'shop');
  const plan = planWrites(compilation, snapshot, new Set(), brakes);
  const outcome = { failures: new Map<string, string>() };
  const statuses = statusesFor(snapshot, { compilation, plan, outcome, now: NOON });
  const { conditions = [] } = statuses.find((write) => write.intent.name === 'web')?.status ?? {};
  return {
    ready: conditions.find(({ type }) => type === 'Ready')?.status,
    ...conditions.find(({ type }) => type === 'Programmed'),
  };
}

test.each<readonly [string, readonly ClusterObject[], Brakes, string]>([
  [
    'its namespace is paused',
    [namespace(PAUSED), intent('web', 'Audit'), intent('more', 'Audit')],
    RELEASED,
    'the namespace is paused, so remove its annotation egressintent.io/paused',
  ],
  [
    'it is paused itself',
    [namespace(), intent('web', 'Audit', PAUSED), intent('more', 'Audit')],
    RELEASED,
    'intent web contributes to it and is paused, so remove its annotation egressintent.io/paused',
  ],
  [
    'another intent of the Sidecar is paused',
    [namespace(), intent('web', 'Audit'), intent('more', 'Audit', PAUSED)],
    RELEASED,
    'intent more contributes to it and is paused, so remove its annotation egressintent.io/paused',
  ],
  [
    'the controller writes only statuses',
    [namespace(), intent('web', 'Audit'), intent('more', 'Audit')],
    { ...RELEASED, auditOnly: true },
    'the controller runs with --mode=audit, which writes only statuses',
  ],
])('where %s', (_how, objects, brakes, cause) => {
  expect(programmed(objects, brakes)).toMatchObject({
    ready: 'False',
    status: 'False',
    reason: 'Withheld',
    message: `Sidecar/${SIDECAR} still restricts pods: ${cause}`,
  });
});

test('where nothing is held, the Sidecar is deleted and the intent only audits', () => {
  expect(programmed([namespace(), intent('web', 'Audit'), intent('more', 'Audit')])).toMatchObject({
    ready: 'True',
    status: 'True',
    reason: 'Audited',
  });
});
