// The remedies that messages of diagnostics give really work: with them, the diagnostic is gone.
import { expect, test } from 'vitest';
import { created, pod, type ClusterObject } from '../../support/cluster-objects.ts';
import { compiled, settingsWith } from '../../support/compiler.ts';
import { REMEDY_CASES, type RemedyCase } from './remedy-cases.ts';

const intent = (name: string, allow: readonly object[]): ClusterObject => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: 'shop', uid: name, ...created('01') },
  spec: { workloadSelector: { matchLabels: { app: name } }, allow },
});
function told({ mesh, allow }: Pick<RemedyCase, 'mesh' | 'allow'>, batch: readonly object[] = []): string {
  const pods = ['web', 'batch'].map((app) => pod(`${app}-0`, { app }));
  const settings = settingsWith({ istioVersion: '1.31', platformHosts: [] });
  const intents = [intent('web', allow), intent('batch', batch)];
  return JSON.stringify(compiled([...mesh, ...intents, ...pods], 'shop', settings).statuses);
}

const REMEDIES = REMEDY_CASES.flatMap(({ remedies, ...given }) =>
  Object.entries(remedies).map(([remedy, change]) => ({ ...given, remedy, change })),
);

test.each(REMEDIES)('$message: $remedy', ({ message, change, ...given }) => {
  expect(told(given)).toMatch(message);
  expect(told({ ...given, ...change }, change.batch)).not.toMatch(message);
});
