// What waits for what where a ServiceEntry of others takes over a host that ours registered, and where an intent of others is invalid.
import { expect, test } from 'vitest';
import type { Manifest } from '../../../src/domain/kinds/manifest.ts';
import { compiled } from '../../support/compiler.ts';
import { NAMESPACE } from '../../support/literals.ts';

type Entry = object;
const egressIntent = (name: string, matchLabels: object, allow: readonly Entry[]) => ({
  apiVersion: 'egressintent.io/v1alpha1',
  kind: 'EgressIntent',
  metadata: { name, namespace: NAMESPACE, uid: `uid-${name}` },
  spec: { workloadSelector: { matchLabels }, allow },
});
const pod = (app: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: app, namespace: NAMESPACE, labels: { app } },
  spec: { containers: [{ name: 'istio-proxy' }] },
});
const service = (name: string): Entry => ({ service: { name, namespace: 'blue' } });

/** What the controller leaves for these objects. */
const live = (...objects: readonly object[]) =>
  compiled(objects, NAMESPACE).plan.phases.flatMap((phase) =>
    phase.flatMap((step) => (step.kind === 'apply' ? [settled(step.manifest)] : [])),
  );
const settled = (manifest: Manifest): object => ({
  ...manifest,
  metadata: {
    ...manifest.metadata,
    uid: `uid-${manifest.metadata.name}`,
    creationTimestamp: '2026-03-01T00:00:00Z',
  },
});
/** The ids of the writes, phase by phase. */
const writes = (...objects: readonly object[]) =>
  compiled(objects, NAMESPACE).plan.phases.map((phase) => phase.map(({ id }) => id));

const foreign = (metadata: object, spec: object) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'by-hand', namespace: NAMESPACE, uid: 'uid-by-hand', ...metadata },
  spec: {
    hosts: ['a.ext.com'],
    location: 'MESH_EXTERNAL',
    resolution: 'DNS',
    ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
    ...spec,
  },
});
const OURS = 'ServiceEntry/egress-intent-a-ext-com-e1164512ac37';
const OF_B = 'Sidecar/egress-intent-998-b-943ec6ad503e';

/** Pods `a` lose the host, and pods `b` are granted it as a registration of the namespace. */
const moved = (registration: object): readonly (readonly string[])[] => {
  const before = [
    egressIntent('a', { app: 'a' }, [{ host: 'a.ext.com' }]),
    egressIntent('b', { app: 'b' }, [service('x')]),
  ];
  const after = [
    egressIntent('a', { app: 'a' }, [service('x')]),
    egressIntent('b', { app: 'b' }, [{ serviceEntry: { host: 'a.ext.com', namespace: NAMESPACE } }]),
  ];
  const pods = [pod('a'), pod('b')];
  return writes(...after, ...pods, ...live(...before, ...pods), registration);
};
const order = (phases: readonly (readonly string[])[]) =>
  phases.findIndex((phase) => phase.includes(OURS)) - phases.findIndex((phase) => phase.includes(OF_B));

test('our ServiceEntry goes after the Sidecars where a foreign one has its ports', () => {
  expect(order(moved(foreign({}, {})))).toBeGreaterThan(0);
});

test.each([
  ['is not exported to the namespace', foreign({}, { exportTo: ['green'] })],
  ['has the number for UDP only', foreign({}, { ports: [{ number: 443, name: 'udp', protocol: 'UDP' }] })],
])('it goes before a Sidecar that would open it where the foreign one %s', (_why, registration) => {
  const phases = moved(registration);
  expect(phases.flat()).toEqual(expect.arrayContaining([OURS, OF_B]));
  expect(order(phases)).toBeLessThan(0);
});

test('a revocation does not wait for an invalid intent of others that has nothing to do with it', () => {
  const everyPod = { ...egressIntent('every', {}, []), spec: { allow: [service('base')] } };
  const wide = egressIntent('wide', { app: 'web' }, [service('secret')]);
  const one = egressIntent('one', { tier: 'a' }, [service('x')]);
  const two = egressIntent('two', { tier: 'a' }, [service('y')]);
  const standing = live(everyPod, wide, one, two, pod('web'));
  const invalid = egressIntent('two', { tier: 'a' }, [{ host: '1.2.3.4' }]);
  expect(writes(everyPod, one, invalid, pod('web'), ...standing).flat()).toEqual([
    'Sidecar/egress-intent-998-web-04e8ecbeb81a',
  ]);
});

test('a ServiceEntry that somebody deleted is created again although the Sidecar that names it is withheld', () => {
  const tls = [{ port: 443, protocol: 'TLS' }];
  const one = egressIntent('one', { app: 'a' }, [{ host: 'a.ext.com', ports: tls }]);
  const two = egressIntent('two', { app: 'a' }, [{ host: 'b.ext.com', ports: tls }]);
  const other = egressIntent('other', { app: 'z' }, [
    { host: 'a.ext.com', ports: [{ port: 8443, protocol: 'TLS' }] },
  ]);
  const pods = [pod('a'), pod('z')];
  const left = live(one, two, other, ...pods).filter(
    (object) => !JSON.stringify(object).includes(`"${OURS.split('/')[1]}"`),
  );
  const invalid = egressIntent('two', { app: 'a' }, [{ host: '1.2.3.4' }]);
  expect(writes(one, invalid, other, ...pods, ...left).flat()).toContain(OURS);
});

test('pods that nothing restricts are restricted although a ServiceEntry of ours cannot be deleted', () => {
  const before = live(egressIntent('one', { app: 'a' }, [{ host: 'a.ext.com' }]), pod('a'));
  const terminating = before.flatMap((object) =>
    'kind' in object && object.kind === 'ServiceEntry' && 'metadata' in object
      ? [
          {
            ...object,
            metadata: {
              ...(object.metadata as object),
              deletionTimestamp: '2026-03-02T00:00:00Z',
              finalizers: ['example.com/keep'],
            },
          },
        ]
      : [],
  );
  const registration = foreign(
    {},
    {
      addresses: ['192.0.2.1'],
      ports: [
        { number: 443, name: 'tcp', protocol: 'TCP' },
        { number: 80, name: 'tcp-80', protocol: 'TCP' },
      ],
    },
  );
  const next = egressIntent('next', { app: 'c' }, [
    { serviceEntry: { host: 'a.ext.com', namespace: NAMESPACE }, ports: [{ port: 443 }] },
  ]);
  const written = writes(next, pod('c'), ...terminating, registration).flat();
  expect(written.filter((id) => id.startsWith('Sidecar/'))).toHaveLength(1);
});
