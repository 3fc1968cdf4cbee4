// A wildcard above a host whose ServiceEntry stays although no intent that counts grants it: the Sidecar must not drop the exclusion of the host.
import { expect, test } from 'vitest';
import { ISTIO_API_VERSION } from '../../../src/domain/kinds/manifest.ts';
import { compiled } from '../../support/compiler.ts';
import { NAMESPACE } from '../../support/literals.ts';

const egressIntent = (name: string, matchLabels: object, allow: readonly unknown[]): object => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: NAMESPACE, uid: `uid-${name}` },
  spec: { workloadSelector: { matchLabels }, allow },
});

const managed = (kind: string, name: string, intent: string, spec: object) => ({
  apiVersion: ISTIO_API_VERSION,
  kind,
  metadata: {
    name,
    namespace: NAMESPACE,
    uid: `uid-${name}`,
    labels: { 'app.kubernetes.io/managed-by': 'egress-intent' },
    annotations: { 'egressintent.io/intents': `${intent}/uid-${intent}` },
  },
  spec,
});
const tls = (number: number) => [{ number, name: `tls-${number}`, protocol: 'TLS' }];
const kept = managed('ServiceEntry', 'egress-intent-a-ext-com-e1164512ac37', 'other', {
  hosts: ['a.ext.com'],
  exportTo: ['.'],
  location: 'MESH_EXTERNAL',
  resolution: 'DNS',
  ports: tls(443),
});
const excluding = managed('Sidecar', 'egress-intent-998-web-04e8ecbeb81a', 'wide', {
  workloadSelector: { labels: { app: 'web' } },
  outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
  egress: [{ hosts: ['red/*.ext.com', '~red/a.ext.com'] }],
});
const wide = egressIntent('wide', { app: 'web' }, [
  { host: '*.ext.com', ports: [{ port: 8080, protocol: 'TLS' }] },
]);
const finalized = {
  ...kept,
  metadata: {
    ...kept.metadata,
    deletionTimestamp: '2026-01-01T00:00:00Z',
    finalizers: ['example.com/keep'],
  },
};

test('a Sidecar waits for an object that is to go, while a finalizer keeps it', () => {
  const { plan, statuses } = compiled([wide, excluding, finalized], NAMESPACE);
  const written = plan.phases.flat().map(({ id }) => id);
  expect(written).not.toContain(`Sidecar/${excluding.metadata.name}`);
  expect(statuses['wide']?.conditions?.find(({ type }) => type === 'Programmed')).toMatchObject({
    status: 'False',
    reason: 'Withheld',
    message: expect.stringContaining(
      `depends on ServiceEntry/${kept.metadata.name}, which is left unchanged: its deletion waits for a finalizer`,
    ),
  });
});

test('a Sidecar is written with the exclusion of the host where an invalid intent contributes to that', () => {
  const invalid = egressIntent('other', { app: 'api' }, [{ host: '1.2.3.4' }]);
  const { plan, statuses } = compiled([wide, excluding, kept, invalid], NAMESPACE);
  expect(plan.sidecars.flatMap(({ desired }) => desired.spec.egress.flatMap(({ hosts }) => hosts))).toContain(
    '~red/a.ext.com',
  );
  expect(plan.withheld).toEqual([]);
  expect(statuses['wide']?.conditions?.find(({ type }) => type === 'Programmed')).toMatchObject({
    status: 'True',
  });
});

test('the Sidecar of its pods stays until the one that replaces it may be written', () => {
  const narrower = egressIntent('wide', { app: 'web', tier: 'a' }, [
    { host: '*.ext.com', ports: [{ port: 8080, protocol: 'TLS' }] },
  ]);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: NAMESPACE, labels: { app: 'web', tier: 'a' } },
    spec: { containers: [{ name: 'istio-proxy' }] },
  };
  const { plan, statuses } = compiled([narrower, pod, excluding, finalized], NAMESPACE);
  const [planned] = plan.sidecars;
  expect(plan.phases.flat().filter(({ id }) => id.startsWith('Sidecar/'))).toEqual([]);
  expect(plan.withheld.map(({ name }) => name)).toContain(planned?.name);
  expect(statuses['wide']?.conditions?.find(({ type }) => type === 'Effective')).toMatchObject({
    status: 'False',
    reason: 'Withheld',
    message: expect.stringContaining(
      `what takes its place depends on ServiceEntry/${kept.metadata.name}, which is left unchanged: its deletion waits for a finalizer`,
    ),
  });
});

test('a Sidecar need not wait for an object that is to go if another one registers the same port', () => {
  const other = egressIntent('other', { app: 'api' }, [
    { host: 'a.ext.com', ports: [{ port: 443, protocol: 'TLS' }] },
  ]);
  const { plan } = compiled([wide, other, excluding, finalized], NAMESPACE);
  expect(plan.withheld).toEqual([]);
  expect(plan.serviceEntries.map(({ name }) => name)).toContain(`${kept.metadata.name}-2`);
});
