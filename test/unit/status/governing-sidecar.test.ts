// Which Sidecar governs which pods, and which foreign ones are in its way.
import { expect, test } from 'vitest';
import { governedPods } from '../../../src/status/governing-sidecar.ts';
import { desiredSidecar, intent, liveSidecar, NAMESPACE, plannedSidecar } from '../../support/literals.ts';
import type { LiveSidecar } from '../../../src/domain/kinds/sidecar.ts';
import type { Pod } from '../../../src/domain/kinds/pod.ts';

const WEB = { app: 'web' };
const pod = (name: string, labels: Pod['labels'], dataPlane: Pod['dataPlane'] = 'sidecar'): Pod => ({
  namespace: NAMESPACE,
  name,
  labels,
  dataPlane,
});
const foreign = (name: string, given: Partial<LiveSidecar> = {}): LiveSidecar =>
  liveSidecar(name, { managed: false, ...given });
const live = liveSidecar('web', { selector: WEB });

/** `PODS of INTENTS`, then the Sidecar that shadows, then those that are overruled. */
type Group = readonly [string, string, string];

test.each<readonly [string, readonly Pod[], readonly LiveSidecar[], readonly Group[]]>([
  ['leaves out pods that no intent matches', [pod('a', { app: 'api' })], [], []],
  [
    'groups pods with the same labels and data plane',
    [pod('a', WEB), pod('b', { app: 'web', tier: 'x' }), pod('c', WEB), pod('d', WEB, 'none')],
    [],
    [
      ['a,c of web', '', ''],
      ['b of web', '', ''],
      ['d of web', '', ''],
    ],
  ],
  [
    'finds the foreign Sidecar that is older',
    [pod('a', WEB)],
    [foreign('x', { selector: WEB, creationTimestamp: '2025-01-01T00:00:00Z' })],
    [['a of web', 'x', '']],
  ],
  [
    'takes an older Sidecar without selector for overruled',
    [pod('a', WEB)],
    [foreign('x', { creationTimestamp: '2025-01-01T00:00:00Z' })],
    [['a of web', '', 'x']],
  ],
  [
    'compares names within one second',
    [pod('a', WEB)],
    [foreign('aaa', { selector: WEB }), foreign('zzz', { selector: WEB })],
    [['a of web', 'aaa', 'zzz']],
  ],
  [
    'ignores a foreign Sidecar that does not match',
    [pod('a', WEB)],
    [foreign('x', { selector: { app: 'api' } })],
    [['a of web', '', '']],
  ],
])('%s', (_behaviour, pods, sidecars, groups) => {
  const found = governedPods(
    { intents: [intent('web', { selector: WEB })], pods, sidecars: [...sidecars, live] },
    [plannedSidecar('web', desiredSidecar(WEB), live)],
  );
  expect(
    found.map(({ pods: members, intents, shadowedBy, overruled }) => [
      `${namesOf(members)} of ${namesOf(intents)}`,
      shadowedBy?.name ?? '',
      namesOf(overruled),
    ]),
  ).toEqual(groups);
});

test('a pod without a generated Sidecar is neither shadowed nor overruled', () => {
  const sidecars = [foreign('x', { selector: WEB })];
  const [group] = governedPods({ intents: [intent('web')], pods: [pod('a', WEB)], sidecars }, []);
  expect(group).toMatchObject({ shadowedBy: undefined, overruled: [] });
});

const namesOf = (named: readonly { readonly name: string }[]): string =>
  named.map(({ name }) => name).join(',');
