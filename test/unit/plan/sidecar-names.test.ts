// Under which name each desired Sidecar is written, and which live object it updates.
import { expect, test } from 'vitest';
import { sidecarName } from '../../../src/compile/object-names.ts';
import { chooseNames } from '../../../src/plan/sidecar-names.ts';
import { desiredSidecar, liveSidecar } from '../../support/literals.ts';
import type { Labels } from '../../../src/domain/labels.ts';

const WEB = { app: 'web' };
const TIER = { tier: 'a' };
const BOTH = { app: 'web', tier: 'a' };
const OLD = '2026-01-01T00:00:00Z';
const NEW = '2026-01-01T00:00:01Z';

/** A scope, and how many names it had before. */
type Name = readonly [selector: Labels, turn: number];
type Row = {
  readonly behaviour: string;
  readonly desired: readonly Labels[];
  readonly live: readonly { readonly name: Name; readonly created: string; readonly managed?: boolean }[];
  readonly planned: readonly { readonly name: Name; readonly kept: boolean }[];
};

const ROWS: readonly Row[] = [
  {
    behaviour: 'a scope without a live Sidecar gets its first name',
    desired: [WEB],
    live: [],
    planned: [{ name: [WEB, 1], kept: false }],
  },
  {
    behaviour: 'a live Sidecar is kept',
    desired: [WEB],
    live: [{ name: [WEB, 1], created: OLD }],
    planned: [{ name: [WEB, 1], kept: true }],
  },
  {
    behaviour: 'a live Sidecar under a later name is kept',
    desired: [WEB],
    live: [{ name: [WEB, 2], created: OLD }],
    planned: [{ name: [WEB, 2], kept: true }],
  },
  {
    behaviour: 'of two live Sidecars of a scope the older is kept',
    desired: [WEB],
    live: [
      { name: [WEB, 1], created: NEW },
      { name: [WEB, 2], created: OLD },
    ],
    planned: [{ name: [WEB, 2], kept: true }],
  },
  {
    behaviour: 'a foreign Sidecar of the name is not updated',
    desired: [WEB],
    live: [{ name: [WEB, 1], created: OLD, managed: false }],
    planned: [{ name: [WEB, 2], kept: false }],
  },
  {
    behaviour: 'a less specific Sidecar that is older than a new one is created again',
    desired: [BOTH, WEB],
    live: [{ name: [WEB, 1], created: OLD }],
    planned: [
      { name: [BOTH, 1], kept: false },
      { name: [WEB, 2], kept: false },
    ],
  },
  {
    behaviour: 'a less specific Sidecar that is younger is kept',
    desired: [BOTH, WEB],
    live: [
      { name: [BOTH, 1], created: OLD },
      { name: [WEB, 1], created: NEW },
    ],
    planned: [
      { name: [BOTH, 1], kept: true },
      { name: [WEB, 1], kept: true },
    ],
  },
  {
    behaviour: 'within one second the more specific name sorts first, so both are kept',
    desired: [BOTH, WEB],
    live: [
      { name: [BOTH, 1], created: OLD },
      { name: [WEB, 1], created: OLD },
    ],
    planned: [
      { name: [BOTH, 1], kept: true },
      { name: [WEB, 1], kept: true },
    ],
  },
  {
    behaviour: 'the namespace default is kept at any age',
    desired: [WEB, {}],
    live: [{ name: [{}, 1], created: OLD }],
    planned: [
      { name: [WEB, 1], kept: false },
      { name: [{}, 1], kept: true },
    ],
  },
  {
    behaviour: 'scopes of which neither contains the other do not limit each other',
    desired: [WEB, TIER],
    live: [{ name: [TIER, 1], created: OLD }],
    planned: [
      { name: [WEB, 1], kept: false },
      { name: [TIER, 1], kept: true },
    ],
  },
];

test.each(ROWS)('$behaviour', ({ desired, live, planned }) => {
  const objects = live.map(({ name, created, managed = true }) =>
    liveSidecar(sidecarName(...name), { creationTimestamp: created, managed }),
  );
  const chosen = chooseNames(
    desired.map((selector) => desiredSidecar(selector)),
    objects,
  );
  expect(chosen.map(({ name, live: kept }) => [name, kept?.name])).toEqual(
    planned.map(({ name, kept }) => [sidecarName(...name), kept ? sidecarName(...name) : undefined]),
  );
});
