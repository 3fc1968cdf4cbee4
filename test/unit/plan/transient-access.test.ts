// Which Sidecars would let a port through while a plan is carried out.
import { describe, expect, test } from 'vitest';
import { transientAccess } from '../../../src/plan/order/transient-access.ts';
import { desiredSidecar, liveSidecar, plannedSidecar } from '../../support/literals.ts';
import type { LiveSidecar } from '../../../src/domain/kinds/sidecar.ts';
import type { PlannedSidecar } from '../../../src/plan/steps.ts';

const HOST = 'red/a.example.com';
const WEB = { app: 'web' };
const everything = [{ hosts: ['red/*'] }];
const nothing = [{ hosts: ['~/*'] }];
const only = (number: number) => [{ port: { number, name: `tls-${number}` }, hosts: [HOST] }];

const live = (given: Partial<LiveSidecar>): LiveSidecar => liveSidecar('web', { selector: WEB, ...given });
const next = (egress: PlannedSidecar['desired']['spec']['egress'], updated?: LiveSidecar): PlannedSidecar =>
  plannedSidecar('web', desiredSidecar(WEB, egress), updated);

const OPEN = live({ egress: everything });
const CLOSED = live({ egress: nothing });

describe('opens', () => {
  test.each<readonly [string, LiveSidecar, readonly PlannedSidecar[], readonly string[]]>([
    [
      'names a Sidecar that is updated to allow the port no more',
      OPEN,
      [next(nothing, OPEN)],
      ['Sidecar/web'],
    ],
    ['names a Sidecar that is about to be deleted', OPEN, [], ['Sidecar/web']],
    ['names no Sidecar that goes on allowing the port', OPEN, [next(everything, OPEN)], []],
    ['names no Sidecar that does not allow the port', CLOSED, [], []],
    ['names no foreign Sidecar', live({ egress: everything, managed: false }), [], []],
    ['names no Sidecar that lists the host for another port', live({ egress: only(80) }), [], []],
    ['names no Sidecar that excludes the host', live({ egress: [{ hosts: ['red/*', `~${HOST}`] }] }), [], []],
  ])('%s', (_behaviour, sidecar, planned, ids) => {
    expect(transientAccess([sidecar], planned).opens(HOST, 443)).toEqual(ids);
  });
});

/** One listener for a port. */
const naming = (number: number, hosts: readonly string[], protocol: 'TLS' | 'TCP' = 'TLS') => [
  { port: { number, name: `x-${number}`, protocol }, hosts },
];

describe('outdatedListeners', () => {
  const named = live({ egress: naming(443, [HOST]) });
  test.each<readonly [string, LiveSidecar, readonly PlannedSidecar[], readonly string[]]>([
    [
      'names a Sidecar that names the host in no listener for the port in the end',
      named,
      [next(everything, named)],
      ['Sidecar/web'],
    ],
    [
      'names one whose listener for the port gets another host',
      named,
      [next(naming(443, [HOST, 'red/b.example.com']), named)],
      ['Sidecar/web'],
    ],
    [
      'names one whose listener for the port gets another protocol',
      named,
      [next(naming(443, [HOST], 'TCP'), named)],
      ['Sidecar/web'],
    ],
    ['names one that is about to be deleted', named, [], ['Sidecar/web']],
    ['names none whose listener for the port stays', named, [next(naming(443, [HOST]), named)], []],
    ['names none with a listener for another port', live({ egress: naming(80, [HOST]) }), [], []],
    ['names none that lists the host without a port', OPEN, [], []],
  ])('%s', (_behaviour, sidecar, planned, ids) => {
    expect(transientAccess([sidecar], planned).outdatedListeners(HOST, 443)).toEqual(ids);
  });
});

describe('reopens', () => {
  const governing = liveSidecar('default', { egress: nothing });
  const older = live({ name: 'older', creationTimestamp: '2025-01-01T00:00:00Z', egress: everything });
  test.each<readonly [string, readonly LiveSidecar[], PlannedSidecar, boolean]>([
    ['holds for an update that allows the port anew', [CLOSED], next(everything, CLOSED), true],
    [
      'holds for a new Sidecar that takes pods from one without the port',
      [governing],
      next(everything),
      true,
    ],
    ['compares an update with the Sidecar that it updates', [older, CLOSED], next(everything, CLOSED), true],
    ['compares a new Sidecar with the first in precedence', [CLOSED, older], next(everything), false],
    ['does not hold where the live Sidecar allows the port', [OPEN], next(everything, OPEN), false],
    [
      'does not hold where the planned Sidecar does not allow the port',
      [CLOSED],
      next(only(80), CLOSED),
      false,
    ],
    ['does not hold for pods that nothing restricts yet', [], next(everything), false],
  ])('%s', (_behaviour, sidecars, planned, expected) => {
    expect(transientAccess(sidecars, [planned]).reopens(HOST, 443)).toEqual(expected ? ['Sidecar/web'] : []);
  });
});
