// Which Sidecar governs which pods, and which foreign ones are in its way.
import { expect, test } from 'vitest';
import { governedPods } from '../../../src/status/governing-sidecar.ts';
import { desiredSidecar, intent, liveSidecar, NAMESPACE, plannedSidecar } from '../../support/literals.ts';
import type { Intent } from '../../../src/domain/egress-intent/intent.ts';
import type { LiveSidecar } from '../../../src/domain/kinds/sidecar.ts';
import type { Pod } from '../../../src/domain/kinds/pod.ts';

const WEB = { app: 'web' };
const pod = (name: string, labels: Pod['labels'], dataPlane: Pod['dataPlane'] = 'sidecar'): Pod => ({
  namespace: NAMESPACE,
  name,
  labels,
  dataPlane,
  bypasses: [],
});
const foreign = (name: string, given: Partial<LiveSidecar> = {}): LiveSidecar =>
  liveSidecar(name, { managed: false, ...given });
const intentsOf = (only: Intent) => ({ intents: [only], intentNamed: () => only });
const live = liveSidecar('web', { selector: WEB });

/** `PODS of INTENTS`, then the Sidecars that match them in Istio's precedence. */
type Group = readonly [string, string];

test.each<readonly [string, readonly Pod[], readonly LiveSidecar[], readonly Group[]]>([
  ['leaves out pods that no intent matches', [pod('a', { app: 'api' })], [], []],
  [
    'groups pods with the same data plane that the same selectors match',
    [pod('a', WEB), pod('b', { app: 'web', tier: 'x' }), pod('c', WEB), pod('d', WEB, 'none')],
    [],
    [
      ['a,b,c of web', 'web'],
      ['d of web', 'web'],
    ],
  ],
  [
    'keeps pods apart that a foreign Sidecar tells apart',
    [pod('a', WEB), pod('b', { app: 'web', tier: 'x' })],
    [foreign('x', { selector: { tier: 'x' } })],
    [
      ['a of web', 'web'],
      ['b of web', 'web,x'],
    ],
  ],
  [
    'finds the foreign Sidecar that is older',
    [pod('a', WEB)],
    [foreign('x', { selector: WEB, creationTimestamp: '2025-01-01T00:00:00Z' })],
    [['a of web', 'x,web']],
  ],
  [
    'takes an older Sidecar without selector for overruled',
    [pod('a', WEB)],
    [foreign('x', { creationTimestamp: '2025-01-01T00:00:00Z' })],
    [['a of web', 'web,x']],
  ],
  [
    'compares names within one second',
    [pod('a', WEB)],
    [foreign('aaa', { selector: WEB }), foreign('zzz', { selector: WEB })],
    [['a of web', 'aaa,web,zzz']],
  ],
  [
    'ignores a foreign Sidecar that does not match',
    [pod('a', WEB)],
    [foreign('x', { selector: { app: 'api' } })],
    [['a of web', 'web']],
  ],
])('%s', (_behaviour, pods, sidecars, groups) => {
  const planned = plannedSidecar('web', desiredSidecar(WEB), live);
  const found = governedPods(
    { ...intentsOf(intent('web', { selector: WEB })), pods, sidecars: [...sidecars, live], mesh: NO_MESH },
    [planned],
    { asPlanned: [planned], unchanged: [] },
  );
  expect(
    found.map(({ pods: members, intents, contenders }) => [
      `${namesOf(members)} of ${namesOf(intents)}`,
      namesOf(contenders),
    ]),
  ).toEqual(groups);
  for (const { intended } of found) expect(intended).toBe(planned);
});

test('a pod without a planned Sidecar has none that is intended', () => {
  const sidecars = [foreign('x', { selector: WEB })];
  const snapshot = { ...intentsOf(intent('web')), pods: [pod('a', WEB)], sidecars, mesh: NO_MESH };
  const [group] = governedPods(snapshot, [], { asPlanned: [], unchanged: [] });
  expect(group).toMatchObject({ intended: undefined, contenders: [{ name: 'x' }] });
});

test('a Sidecar that stays as it was takes part', () => {
  const planned = plannedSidecar('web', desiredSidecar(WEB), live);
  const snapshot = { ...intentsOf(intent('web')), pods: [pod('a', WEB)], sidecars: [live], mesh: NO_MESH };
  const [group] = governedPods(snapshot, [planned], { asPlanned: [], unchanged: [live] });
  expect(group).toMatchObject({ intended: planned, contenders: [{ undeleted: live }] });
});

const NO_MESH = { configs: [], istiods: [] };

const namesOf = (named: readonly { readonly name: string }[]): string =>
  named.map(({ name }) => name).join(',');
