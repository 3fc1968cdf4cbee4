// The judge of the chaos finds each kind of breach, and nothing where there is none.
import { expect, test } from 'vitest';
import type { StoredVersion } from '../kits/control-plane/etcd-history.ts';
import { CALM, EDITED } from './apps.ts';
import { judge } from './judge.ts';

const [APP = { namespace: '', name: '', selector: {} }] = EDITED;
const { namespace } = APP;

const sidecarKey = `/registry/networking.istio.io/sidecars/${namespace}/s`;
const sidecar = (revision: number, hosts: readonly string[]): StoredVersion => ({
  revision,
  key: sidecarKey,
  object: {
    kind: 'Sidecar',
    metadata: { name: 's', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { egress: [{ hosts: hosts.map((host) => `${namespace}/${host}`) }] },
  },
});
const entry: StoredVersion = {
  revision: 1,
  key: `/registry/networking.istio.io/serviceentries/${namespace}/e`,
  object: {
    kind: 'ServiceEntry',
    metadata: { name: 'e', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { hosts: ['edit-1.x', 'edit-2.x', 'edit-3.x', 'a.x', 'b.x', 'evil.x'] },
  },
};
const intent = (revision: number, hosts: readonly string[]): StoredVersion => ({
  revision,
  key: `/registry/egressintent.io/egressintents/${namespace}/${APP.name}`,
  object: { spec: { allow: hosts.map((host) => ({ host })) } },
});

const INTENTS = [
  intent(2, ['edit-1.x', 'a.x']),
  intent(10, ['edit-2.x', 'a.x', 'b.x']),
  intent(20, ['edit-3.x', 'b.x']),
];
const first = sidecar(3, ['edit-1.x', 'a.x']);

/** What is wrong with these versions of the Sidecar of the first app. */
const breaches = (versions: readonly StoredVersion[], oneWriter = true): readonly string[] =>
  judge({ generated: [entry, ...versions], intents: INTENTS, from: 2 }, { oneWriter }).breaches.filter(
    (breach) => breach.includes(`${namespace}/${APP.name}:`) || breach.includes(CALM),
  );

test('versions that follow the intent are right, also late and with versions left out', () => {
  const second = sidecar(11, ['edit-2.x', 'a.x', 'b.x']);
  const third = sidecar(21, ['edit-3.x', 'b.x']);
  expect(breaches([first, second, third])).toEqual([]);
  expect(breaches([first, third])).toEqual([]);
  expect(breaches([first, { ...second, revision: 25 }, { ...third, revision: 26 }])).toEqual([]);
});

test.each([
  { what: 'the Sidecar is gone', version: { revision: 12, key: sidecarKey }, why: 'it is open' },
  { what: 'a host is lost', version: sidecar(12, ['edit-2.x', 'b.x']), why: `it loses ${namespace}/a.x` },
  {
    what: 'a host is not granted',
    version: sidecar(12, ['edit-2.x', 'a.x', 'b.x', 'evil.x']),
    why: `it gets ${namespace}/evil.x`,
  },
  {
    what: 'a host is granted only later',
    version: sidecar(5, ['edit-1.x', 'a.x', 'b.x']),
    why: `it gets ${namespace}/b.x`,
  },
])('it is a breach where $what', ({ version, why }) => {
  expect(breaches([first, version]).join('\n')).toContain(why);
});

test('an older version may come back only where another replica takes over', () => {
  const back = [sidecar(11, ['edit-2.x', 'a.x', 'b.x']), sidecar(12, ['edit-1.x', 'a.x'])];
  expect(breaches([first, ...back]).join('\n')).toContain('version 0 comes back after 1');
  expect(breaches([first, ...back], false)).toEqual([]);
  const history = { generated: [entry, first, ...back], intents: INTENTS, from: 2 };
  expect(judge(history, { oneWriter: false }).takenBack).toEqual([
    `revision 12, ${namespace}/${APP.name}: version 0 comes back after 1`,
  ]);
});

test('nothing may be written where nothing changes', () => {
  const key = `/registry/networking.istio.io/sidecars/${CALM}/s`;
  expect(breaches([first, { revision: 4, key }])).toEqual([`${key} was written or deleted`]);
});
