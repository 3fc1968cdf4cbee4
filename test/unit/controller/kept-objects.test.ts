// How it is told that objects stay because their intents vanished with the CustomResourceDefinition.
import { expect, test } from 'vitest';
import { clusterFromObjects } from '../../../src/cluster/from-objects.ts';
import { createKeptObjectsLog } from '../../../src/controller/kept-objects.ts';
import { metricsOf } from '../../support/metrics.ts';

test('the log names the objects of a namespace once for each change', () => {
  const lines: unknown[] = [];
  const logKept = createKeptObjectsLog({ warn: (fields: unknown) => void lines.push(fields) });
  const web = { id: 'Sidecar/web', intent: 'web' };
  const job = { id: 'Sidecar/job', intent: 'job' };
  for (const kept of [[], [web], [web], [web, job], [], [], [web]]) logKept('red', kept);
  logKept('blue', [web]);
  expect(lines).toEqual([
    { namespace: 'red', kept: [web] },
    { namespace: 'red', kept: [web, job] },
    { namespace: 'red', kept: [web] },
    { namespace: 'blue', kept: [web] },
  ]);
});

const generated = (kind: string, name: string, definition: string): object => ({
  apiVersion: 'networking.istio.io/v1',
  kind,
  metadata: {
    name,
    namespace: 'red',
    annotations: { 'egressintent.io/intents': `${name}/uid`, 'egressintent.io/definition': definition },
  },
  spec: { hosts: ['www.example.com'], egress: [{ hosts: ['green/*'] }] },
});

test('the metric counts them', async () => {
  const { stores } = clusterFromObjects([
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'egressintents.egressintent.io', uid: 'uid-second' },
    },
    {
      apiVersion: 'egressintent.io/v1alpha1',
      kind: 'EgressIntent',
      metadata: { name: 'back', namespace: 'red' },
      spec: { allow: [] },
    },
    generated('Sidecar', 'lost', 'uid-first'),
    generated('ServiceEntry', 'lost', 'uid-first'),
    generated('Sidecar', 'back', 'uid-first'),
    generated('Sidecar', 'deleted', 'uid-second'),
  ]);
  expect(await metricsOf({ cluster: { stores } }).text()).toContain('egress_intent_kept_objects 2');
});
